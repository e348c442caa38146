# Dialogflow CX: a conversation of the Conversations API (v3beta1: name, startTime,
# interactions), or a row of the BigQuery export of interaction logs.

def texts: [.. | objects | .text? | objects | .text? | arrays | .[]] | join("\n");
def object: if type == "string" then fromjson else . end;

# A turn, whose parts share its time and are told in the order of their ids: when, what the visitor said, what came back, how it matched.
def turn($conversation; $n; $at; $request; $response; $said; $answered; $feedback):
  {conversation: $conversation, visitor: $conversation, channel: "chat", at: $at, language: ($response.queryResult.languageCode // empty)} as $e
  | "\($conversation)-\($n)" as $id
  | ($said // $response.queryResult.text // $response.queryResult.transcript // $request.queryInput.text.text // "") as $question
  | ($response.queryResult.match.matchType // "") as $match
  | (select($question != "") | $e + {id: "\($id):1", type: "message", actor: "visitor", text: $question}),
    (select(($match | is_in($source.unanswered)) and $question != "") | $e + {id: "\($id):2", type: "unanswered", question: $question}),
    (($answered // ($response.queryResult.responseMessages // [] | texts)) as $answer
      | select($answer != "") | $e + {id: "\($id):3", type: "message", actor: "agent", text: $answer}),
    (select(any($response.queryResult.responseMessages[]?; .liveAgentHandoff != null)) | $e + {id: "\($id):4", type: "handoff"}),
    (select(any($response.queryResult.responseMessages[]?; .endInteraction != null)) | $e + {id: "\($id):5", type: "closed", actor: "agent"}),
    ($feedback.rating // "" | if . == "THUMBS_UP" then "positive" elif . == "THUMBS_DOWN" then "negative" else empty end
      | $e + {id: "\($id):6", type: "feedback", rating: ., comment: ($feedback.ratingReason.feedback // "")});

def last_name: split("/") | last;

if (.interactions | type) == "array" and .name != null then
  (.name | last_name) as $c
  | [.interactions[]] | sort_by(.createTime) | to_entries[]
  | .key as $n | .value
  | turn($c; $n; .createTime; .request; .response; .requestUtterances; .responseUtterances; .answerFeedback)
elif .conversation_name != null and .turn_position != null then
  (.response | object) as $response
  | turn((.conversation_name | last_name); (.turn_position | tonumber - 1); .request_time; (.request | object); $response; null; null; null)
else error("neither a conversation with its interactions nor a row of the interaction logs")
end
