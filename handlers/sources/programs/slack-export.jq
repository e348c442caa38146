# A Slack export: a day of a channel, an array of messages. A thread is a conversation; who
# began it is the visitor, the agent is a bot or one of SOURCE_SLACK_EXPORT_AGENTS, and
# everybody else is a teammate.

def who: .bot_id // .user;
def is_agent: ($source.agents | length) as $n
  | if $n > 0 then any(.bot_id, .user, .username; . != null and is_in($source.agents)) else .bot_id != null end;
def words: (.text // "") | gsub("<@[A-Z0-9]+>"; "") | gsub("<(?<u>https?://[^|>]+)(\\|[^>]*)?>"; .u)
  | gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&amp;"; "&") | gsub("^\\s+|\\s+$"; "");

if .type != "message" or .ts == null then error("not a message of a Slack export")
elif .subtype != null and .subtype != "bot_message" and .subtype != "thread_broadcast" then ignored("\(.subtype) \(.ts)"; "it is news of the channel")
else
  (.thread_ts // .ts) as $thread
  | {conversation: $thread, at: .ts, channel: "slack"} as $e
  | is_agent as $agent
  | ($thread == .ts or (.parent_user_id != null and .parent_user_id == .user)) as $visitor
  | if $agent then $e + {id: .ts, type: "message", actor: "agent", text: words}
    elif $visitor then $e + {id: .ts, type: "message", actor: "visitor", visitor: .user, text: words}
    else $e + {id: .ts, type: "message", actor: "human", text: words, member: {id: who, name: (.user_profile.real_name // "")}}
    end,
    (select($agent) | .reactions[]?
      | (if .name | test("^(\\+1|thumbsup|white_check_mark|heart)(::|$)") then "positive"
         elif .name | test("^(-1|thumbsdown|x)(::|$)") then "negative"
         else empty end) as $rating
      | .users[]? as $user
      | $e + {id: "\($e.at):\($user):\($rating)", type: "feedback", rating: $rating})
end
