# Rasa: a tracker (GET /conversations/ID/tracker), or one event of the event broker.
# Only what a user says has an id: the others are told by sender, time and kind, and by their
# place among those that have all three.

def channel: if . == null or . == "rest" or . == "socketio" or . == "cmdline" then "chat" else . end;

def place:
  reduce .[] as $e ({seen: {}, events: []};
    "\($e.timestamp) \($e.event)" as $kind
    | .events += [$e + {place: (.seen[$kind] // 0)}]
    | .seen[$kind] = (.seen[$kind] // 0) + 1)
  | .events[];

def event($sender):
  ($sender | tostring) as $conversation
  | {
      id: "\($conversation)-\(.timestamp)-\(.event)-\(.place // 0)",
      conversation: $conversation, visitor: $conversation, at: .timestamp, channel: (.input_channel | channel)
    } as $e
  | if .event == "user" then
      "\($conversation)-\(.message_id // .parse_data.message_id // "\(.timestamp)")" as $id
      | if (.text // "") == "" or (.text | startswith("/")) then ignored("user \($id)"; "it is a command, not a message")
        else
          ($e + {id: $id, type: "message", actor: "visitor", text}),
          (select((.parse_data.intent.name // "") | is_in($source.unanswered))
            | $e + {id: "\($id):unanswered", type: "unanswered", question: .text})
        end
    elif .event == "bot" then $e + {type: "message", actor: "agent", text: (.text // "")}
    elif .event == "session_started" then $e + {type: "started"}
    elif .event == "action" and (.name | is_in($source.handoffs)) then $e + {type: "handoff"}
    else ignored("\(.event) \(.name // "")"; "it is inside the assistant")
    end;

if (.events | type) == "array" then .sender_id as $s | .events | place | event($s)
elif .event != null and .timestamp != null then event(.sender_id // .sender // error("an event without a sender_id"))
else error("neither a tracker with its events nor an event")
end
