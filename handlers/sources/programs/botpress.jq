# Botpress: messages of the Runtime API (GET /v1/chat/messages), a page or one by one, and
# events of the same API (GET /v1/chat/events).

def text: .payload.text // .payload.value // .payload.title // "";

def one:
  if .conversationId == null or .createdAt == null then error("neither a message nor an event of Botpress") else . end
  | {id, conversation: .conversationId, at: .createdAt, channel: "chat"} as $e
  | if .direction == "incoming" then $e + {type: "message", actor: "visitor", visitor: .userId, text: text}
    elif .direction == "outgoing" then $e + {type: "message", actor: "agent", text: text}
    elif (.type // "") | is_in($source.handoffs) then $e + {type: "handoff"}
    elif (.type // "") | is_in($source.unanswered) then $e + {type: "unanswered", question: text}
    else ignored("\(.type) \(.id)"; "it is inside the bot")
    end;

if (.messages | type) == "array" then .messages[] | one
elif (.events | type) == "array" then .events[] | one
elif (.message | type) == "object" then .message | one
else one
end
