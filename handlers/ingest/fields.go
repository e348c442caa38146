package ingest

import "agentreport/reports"

// Field is a field of an event, as docs/events.md and the OpenAPI document describe it.
type Field struct {
	Name   string
	Schema string // of JSON Schema, as flow YAML
	Means  string
}

// Fields are the fields of an event, in their order.
var Fields = []Field{
	{"id", "{type: string, minLength: 1, maxLength: 200}", "Unique within its source. The same id again is the same event: a duplicate, never an error. A number is taken as it is written"},
	{"source", "{type: string, maxLength: 60}", "The system it comes from. Else that of the token or of `import --source`, else `default`"},
	{"type", "{type: string, enum: [started, assigned, message, unanswered, handoff, feedback, resolved, reopened, closed]}", "What happened"},
	{"conversation", "{type: string, minLength: 1, maxLength: 200}", "The conversation's id within its source"},
	{"at", "{type: string, format: date-time}", "When, by the source's clock, with its zone"},
	{"actor", "{type: string, enum: [visitor, agent, human, system]}", "Who did it: `agent` is the AI customer agent, `human` a teammate. `customer` and `user` are the visitor, `bot`, `ai` and `assistant` the agent, `operator`, `admin` and `teammate` a human"},
	{"member", "{type: object, properties: {id: {type: string, maxLength: 200}, name: {type: string, maxLength: 200}}}", "The teammate, where the actor is human; on a handoff, who it was handed to"},
	{"channel", "{type: string, maxLength: 60}", "`chat`, `email`, `whatsapp` or any name of the source's own. The first event of a conversation should have it"},
	{"text", "{type: string, maxLength: 20000}", "What was written"},
	{"question", "{type: string, maxLength: 2000}", "The exact question that the agent could not answer. Else its `text` is"},
	{"topic", "{type: string, maxLength: 120}", "The source's own topic for it. Else the bot groups"},
	{"rating", "{type: string, enum: [positive, neutral, negative]}", "What the visitor thought. A number is a score"},
	{"score", "{type: integer, minimum: 1, maximum: 5}", "Instead of a rating: 1 and 2 are negative, 3 is neutral, 4 and 5 are positive"},
	{"comment", "{type: string, maxLength: 2000}", "What the visitor wrote beside the rating"},
	{"reason", "{type: string, maxLength: 120}", "Why it was handed off: `visitor_request`, `missing_knowledge`, `policy`, `tool_failure` or the source's own word"},
	{"url", "{type: string, maxLength: 2000, pattern: \"^https?://\"}", "The ticket or conversation in the source"},
	{"language", "{type: string}", "The visitor's, such as `en` or `es-MX`"},
	{"visitor", "{type: string, maxLength: 200}", "The visitor's id in the source: for erasure, never shown"},
	{"inferred", "{type: boolean}", "On `unanswered`: an adapter thinks so. Listed among the gaps, and in no figure"},
	{"test", "{type: boolean}", "A preview, or a duplicate: its conversation is left out of every figure and of the gaps"},
}

// TypeFields is what an event of a type has, beside id, type, conversation and at.
type TypeFields struct {
	Type    reports.EventType
	Means   string
	Needs   string
	May     string
	Example string
}

// Types are the types of events, in the order of a conversation's life. On all of them
// source, channel, url, language, visitor and test may stand.
var Types = []TypeFields{
	{reports.Started, "the conversation began", "", "`actor`: `agent` or `system` where we spoke first", `{"id": "c1-1", "type": "started", "conversation": "c1", "at": "2025-09-22T10:00:00Z", "channel": "chat"}`},
	{reports.Assigned, "it was given to the agent or a human", "`actor`", "`member`", `{"id": "c1-2", "type": "assigned", "conversation": "c1", "at": "2025-09-22T10:00:01Z", "actor": "agent"}`},
	{reports.Message, "somebody wrote something", "`actor`", "`text`, `member`", `{"id": "c1-3", "type": "message", "conversation": "c1", "at": "2025-09-22T10:00:05Z", "actor": "visitor", "text": "Do you deliver to Malta?"}`},
	{reports.Unanswered, "the agent could not answer", "`question`", "`topic`, `inferred`", `{"id": "c1-4", "type": "unanswered", "conversation": "c1", "at": "2025-09-22T10:00:09Z", "question": "Do you deliver to Malta?"}`},
	{reports.Handoff, "the agent passed it to a human", "", "`reason`, `member`", `{"id": "c1-5", "type": "handoff", "conversation": "c1", "at": "2025-09-22T10:00:10Z", "reason": "missing_knowledge"}`},
	{reports.Feedback, "the visitor rated the agent", "`rating` or `score`", "`comment`", `{"id": "c1-6", "type": "feedback", "conversation": "c1", "at": "2025-09-22T10:30:00Z", "score": 4, "comment": "quick"}`},
	{reports.Resolved, "the actor marked it resolved", "`actor`", "`member`", `{"id": "c1-7", "type": "resolved", "conversation": "c1", "at": "2025-09-22T11:00:00Z", "actor": "human", "member": {"id": "m1", "name": "Ana"}}`},
	{reports.Reopened, "it was opened again", "", "`actor`", `{"id": "c1-8", "type": "reopened", "conversation": "c1", "at": "2025-09-23T09:00:00Z"}`},
	{reports.Closed, "it was closed, resolved or not", "", "`actor` (else `system`), `member`; `test` and `reason` where it was merged into another", `{"id": "c1-9", "type": "closed", "conversation": "c1", "at": "2025-09-23T10:00:00Z", "actor": "human"}`},
}
