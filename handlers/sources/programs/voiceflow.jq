# Voiceflow: a transcript with its logs (GET /v1/transcript/ID of the Analytics API).

def handoff_names: $source.handoffs;

(.transcript // .) as $t
| if ($t.id == null) or ($t.logs | type) != "array" then error("not a transcript with its logs") else . end
| ($t.sessionID // $t.id | tostring) as $conversation
| {conversation: $conversation, visitor: $conversation, channel: "chat"} as $e
| ($e + {id: "\($t.id):started", type: "started", at: $t.createdAt}),
  ($t.logs | to_entries[] | .key as $n | .value
    | {id: "\($t.id)-\($n)", at: .createdAt} as $place
    | .data.type as $kind
    | if .type == "action" and ($kind == "text" or $kind == "intent") then
        (.data.payload | if type == "string" then . else .query // "" end) as $text
        | if $text == "" then ignored("action \($n)"; "nothing was written")
          else
            ($e + $place + {type: "message", actor: "visitor", text: $text}),
            (select($kind == "intent" and (.data.payload.intent.name // "" | is_in($source.unanswered)))
              | $e + $place + {id: "\($place.id):unanswered", type: "unanswered", question: $text})
          end
      elif .type == "action" and ($kind | startswith("path-")) then $e + $place + {type: "message", actor: "visitor", text: (.data.payload.label? // "")}
      elif .type == "trace" and ($kind == "text" or $kind == "speak" or $kind == "completion") then
        $e + $place + {type: "message", actor: "agent", text: (.data.payload.message? // "")}
      elif .type == "trace" and ($kind | is_in(handoff_names)) then $e + $place + {type: "handoff"}
      else ignored("\(.type) \($kind) \($n)"; "it is inside the assistant")
      end),
  (select($t.endedAt != null) | $e + {id: "\($t.id):closed", type: "closed", at: $t.endedAt}),
  ($t.evaluations[]? | select(.name | test("csat|satisfaction|rating"; "i"))
    | if .type == "number" and (.value | type) == "number" and .value >= 1 and .value <= 5 then
        $e + {id: "\($t.id):\(.id)", type: "feedback", score: (.value | round), at: (.createdAt // $t.updatedAt), comment: (.reason // "")}
      else ignored("evaluation \(.name)"; "it is no number from 1 to 5")
      end)
