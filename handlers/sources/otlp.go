package sources

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	logscollector "go.opentelemetry.io/proto/slim/otlp/collector/logs/v1"
	tracecollector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	logs "go.opentelemetry.io/proto/slim/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"agentreport/reports"
)

// otlp is OpenTelemetry's protocol with the semantic conventions of generative AI
// (semantic-conventions-genai, docs/gen-ai; the names up to v1.36 too): what a home-made
// agent sends with two environment variables. A span invoke_agent is a turn of a
// conversation.
var otlp = &Source{
	Name: "otlp", Title: "OpenTelemetry traces",
	Gives: []string{"messages", "handoffs and unanswered questions by the tools that mean so", "ratings by evaluations"},
	Lacks: []reports.Fact{reports.FactAfterHandoff},
	Defaults: Names{
		Handoffs: []string{"transfer_to_human", "escalate*", "handoff*"}, Unanswered: []string{"no_answer", "*_not_found"},
		Feedback: []string{"user*", "thumbs*", "csat*", "feedback*", "*satisfaction*"},
	},
	namesSources: true,
	decode:       decodeOTLP,
	looks:        func(has func(...string) bool) bool { return has("resourceSpans") || has("resourceLogs") },
}

// Signal is what a request of OTLP carries.
type Signal string

// The signals that conversations are read from.
const (
	Traces Signal = "traces"
	Logs   Signal = "logs"
)

// Export reads a request of OTLP, in protobuf or JSON. It returns the answer that the
// exporter expects, in the same form; what gave no event is no error of the exporter's.
func (c *Config) Export(signal Signal, body []byte, isJSON bool) (b Batch, answer []byte, err error) {
	x := exported{c: c, hex: hex.EncodeToString}
	var request, response proto.Message
	spans, records := &tracecollector.ExportTraceServiceRequest{}, &logscollector.ExportLogsServiceRequest{}
	switch signal {
	case Traces:
		request, response = spans, &tracecollector.ExportTraceServiceResponse{}
	case Logs:
		request, response = records, &logscollector.ExportLogsServiceResponse{}
	}
	if isJSON {
		// OTLP's JSON has ids in hex where protobuf's has base64: each letter of hex is
		// one of base64, so it is read as that and written as that again.
		x.hex = base64.StdEncoding.EncodeToString
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, request)
	} else {
		err = proto.Unmarshal(body, request)
	}
	if err != nil {
		return b, nil, fmt.Errorf("not %s of OTLP: %w", signal, err)
	}
	b = c.checked(x.batch(spans.ResourceSpans, records.ResourceLogs))
	if isJSON {
		answer, err = protojson.Marshal(response)
	} else {
		answer, err = proto.Marshal(response)
	}
	return b, answer, err
}

// decodeOTLP reads a value of a file that the collector's file exporter wrote.
func decodeOTLP(_ context.Context, payload []byte, c *Config) (Batch, error) {
	signal := Traces
	if jsonHas(payload, "resourceLogs") {
		signal = Logs
	} else if !jsonHas(payload, "resourceSpans") {
		return Batch{}, errors.New("neither resourceSpans nor resourceLogs of OTLP")
	}
	b, _, err := c.Export(signal, payload, true)
	return b, err
}

// exported reads one request.
type exported struct {
	c   *Config
	hex func([]byte) string
	b   Batch
	// Of each trace: the conversation that a span of it names, what the visitor asked, and
	// whether an agent was invoked in it.
	conversation, asked map[string]string
	invoked             map[string]bool
}

// attributes are by their names.
type attributes map[string]*common.AnyValue

func attributesOf(list []*common.KeyValue) attributes {
	a := attributes{}
	for _, kv := range list {
		a[kv.Key] = kv.Value
	}
	return a
}

// text is the first of some attributes that there is, as text.
func (a attributes) text(names ...string) string {
	for _, n := range names {
		if v := a[n]; v != nil {
			switch x := v.Value.(type) {
			case *common.AnyValue_StringValue:
				return x.StringValue
			case *common.AnyValue_IntValue:
				return strconv.FormatInt(x.IntValue, 10)
			case *common.AnyValue_DoubleValue:
				return strconv.FormatFloat(x.DoubleValue, 'g', -1, 64)
			case *common.AnyValue_BoolValue:
				return strconv.FormatBool(x.BoolValue)
			}
		}
	}
	return ""
}

// anyOf is a value as JSON has it.
func anyOf(v *common.AnyValue) any {
	switch x := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return x.StringValue
	case *common.AnyValue_ArrayValue:
		list := make([]any, len(x.ArrayValue.GetValues()))
		for i, one := range x.ArrayValue.GetValues() {
			list[i] = anyOf(one)
		}
		return list
	case *common.AnyValue_KvlistValue:
		o := map[string]any{}
		for _, kv := range x.KvlistValue.GetValues() {
			o[kv.Key] = anyOf(kv.Value)
		}
		return o
	}
	return nil
}

func operation(a attributes) string {
	return a.text("gen_ai.operation.name", "llm.request.type")
}

func conversationOf(a attributes) string {
	return a.text("gen_ai.conversation.id", "session.id", "langfuse.session.id")
}

func (x *exported) batch(spans []*trace.ResourceSpans, records []*logs.ResourceLogs) Batch {
	x.conversation, x.asked, x.invoked = map[string]string{}, map[string]string{}, map[string]bool{}
	each := func(do func(*resource.Resource, *trace.Span, attributes)) {
		for _, r := range spans {
			for _, scope := range r.ScopeSpans {
				for _, s := range scope.Spans {
					do(r.Resource, s, attributesOf(s.Attributes))
				}
			}
		}
	}
	agents := map[string]bool{} // spans of this request in which an agent is invoked
	each(func(_ *resource.Resource, s *trace.Span, a attributes) {
		id := x.hex(s.TraceId)
		if c := conversationOf(a); c != "" {
			x.conversation[id] = c
		}
		if operation(a) == "invoke_agent" {
			x.invoked[id], agents[x.hex(s.SpanId)] = true, true
		}
	})
	var tools []func()
	each(func(r *resource.Resource, s *trace.Span, a attributes) {
		switch op := operation(a); {
		case op == "invoke_agent" && agents[x.hex(s.ParentSpanId)], op == "invoke_agent" && len(x.c.Agents) > 0 && !matches(x.c.Agents, a.text("gen_ai.agent.name")):
			x.b.ignore("span "+x.hex(s.SpanId), "the agent of a turn invoked it")
		case op == "invoke_agent", op == "chat" && len(s.ParentSpanId) == 0 && !x.invoked[x.hex(s.TraceId)]:
			x.turn(r, s, a)
		case op == "execute_tool":
			tools = append(tools, func() { x.tool(r, s, a) }) // once the turns are known
		default:
			x.b.ignore("span "+x.hex(s.SpanId), "it is neither a turn nor a tool")
		}
		for i, e := range s.Events {
			if e.Name == "gen_ai.evaluation.result" {
				x.evaluation(r, x.hex(s.TraceId), fmt.Sprintf("%s-%d", x.hex(s.SpanId), i), nano(e.TimeUnixNano), attributesOf(e.Attributes))
			}
		}
	})
	for _, tool := range tools {
		tool()
	}
	for _, r := range records {
		for _, scope := range r.ScopeLogs {
			for _, l := range scope.LogRecords {
				a := attributesOf(l.Attributes)
				if cmp.Or(l.EventName, a.text("event.name")) != "gen_ai.evaluation.result" {
					x.b.ignore("log record", "it is no evaluation")
					continue
				}
				at := cmp.Or(l.TimeUnixNano, l.ObservedTimeUnixNano)
				x.evaluation(r.Resource, x.hex(l.TraceId), fmt.Sprintf("%s-%d", x.hex(l.SpanId), at), nano(at), a)
			}
		}
	}
	return x.b
}

func nano(n uint64) time.Time { return time.Unix(0, int64(n)).UTC() }

// event is an event of a trace. Its source is the service; its conversation the one that a
// span of the trace names, else the trace.
func (x *exported) event(r *resource.Resource, traceID, id string, kind reports.EventType, at time.Time, a attributes) reports.Event {
	of := attributesOf(r.GetAttributes())
	return reports.Event{
		ID: traceID + "-" + id, Source: reports.Shorten(of.text("service.name"), reports.MaxSource), Type: kind, At: at,
		Conversation: cmp.Or(conversationOf(a), x.conversation[traceID], traceID), Visitor: a.text("user.id", "enduser.id"), Channel: "chat",
		Test: matches(x.c.Tests, of.text("deployment.environment.name", "deployment.environment")),
	}
}

// turn is what the visitor asked and what the agent answered. Without the messages, which
// are opt-in, the times still tell of both.
func (x *exported) turn(r *resource.Resource, s *trace.Span, a attributes) {
	id, span := x.hex(s.TraceId), x.hex(s.SpanId)
	asked, answered := a.said("user"), a.said("assistant")
	for _, e := range s.Events { // as older versions have them
		of := attributesOf(e.Attributes)
		switch e.Name {
		case "gen_ai.user.message":
			asked = cmp.Or(of.text("content", "gen_ai.prompt"), asked)
		case "gen_ai.choice", "gen_ai.assistant.message":
			answered = cmp.Or(of.text("content", "message"), answered)
		case "gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion":
			asked, answered = cmp.Or(of.said("user"), asked), cmp.Or(of.said("assistant"), answered)
		}
	}
	x.asked[id] = asked
	e := x.event(r, id, span+"-asked", reports.Message, nano(s.StartTimeUnixNano), a)
	e.Actor, e.Text = reports.Visitor, asked
	x.b.add(e)
	if s.GetStatus().GetCode() == trace.Status_STATUS_CODE_ERROR && answered == "" {
		x.b.ignore("answer of span "+span, "the turn ended in an error: "+s.GetStatus().GetMessage())
		return
	}
	e = x.event(r, id, span, reports.Message, nano(s.EndTimeUnixNano), a)
	e.Actor, e.Text = reports.Agent, answered
	x.b.add(e)
}

// said is what the last message of a role says: of the messages that a span was given where
// it is the user's, else of those that it gave.
func (a attributes) said(role string) string {
	names := []string{"gen_ai.input.messages", "gen_ai.prompt"}
	if role != "user" {
		names = []string{"gen_ai.output.messages", "gen_ai.completion"}
	}
	for _, name := range names {
		v := anyOf(a[name])
		if s, ok := v.(string); ok {
			var inside any
			if json.Unmarshal([]byte(s), &inside) != nil {
				return s // plain text
			}
			v = inside
		}
		list, _ := v.([]any)
		for i := len(list) - 1; i >= 0; i-- {
			m, _ := list[i].(map[string]any)
			if r, _ := m["role"].(string); r != role {
				continue
			}
			if text := textOf(m); text != "" {
				return text
			}
		}
	}
	// As a list of attributes: gen_ai.prompt.0.role, gen_ai.prompt.0.content.
	prefix := names[1]
	text := ""
	for i := 0; a[fmt.Sprintf("%s.%d.role", prefix, i)] != nil; i++ {
		if a.text(fmt.Sprintf("%s.%d.role", prefix, i)) == role {
			text = a.text(fmt.Sprintf("%s.%d.content", prefix, i))
		}
	}
	return text
}

// textOf is the text of a message: of its parts, or its content as a whole.
func textOf(m map[string]any) string {
	if s, ok := m["content"].(string); ok {
		return s
	}
	var texts []string
	for _, key := range []string{"parts", "content"} {
		parts, _ := m[key].([]any)
		for _, p := range parts {
			part, _ := p.(map[string]any)
			kind, _ := part["type"].(string)
			for _, field := range []string{"content", "text"} {
				if s, ok := part[field].(string); ok && (kind == "text" || kind == "") {
					texts = append(texts, s)
				}
			}
		}
	}
	return strings.Join(texts, "\n")
}

// tool is a tool that means a handoff or no answer.
func (x *exported) tool(r *resource.Resource, s *trace.Span, a attributes) {
	id, span := x.hex(s.TraceId), x.hex(s.SpanId)
	name := cmp.Or(a.text("gen_ai.tool.name"), strings.TrimPrefix(s.Name, "execute_tool "))
	switch target := a.text("gen_ai.transfer.target.name"); {
	case matches(x.c.Handoffs, name), target != "" && matches(x.c.Handoffs, target):
		x.b.add(x.event(r, id, span+"-handoff", reports.Handoff, nano(s.EndTimeUnixNano), a))
	case matches(x.c.Unanswered, name) && x.asked[id] != "":
		e := x.event(r, id, span+"-unanswered", reports.Unanswered, nano(s.EndTimeUnixNano), a)
		e.Question = x.asked[id]
		x.b.add(e)
	case matches(x.c.Unanswered, name):
		x.b.ignore("tool "+name, "what was asked is not in the trace: switch on the capture of messages")
	default:
		x.b.ignore("tool "+name, "it means neither a handoff nor no answer")
	}
}

// evaluation is an opinion: a visitor's is feedback, one of a configured name says that
// there was no answer, and an automatic one is nothing.
func (x *exported) evaluation(r *resource.Resource, traceID, id string, at time.Time, a attributes) {
	name := a.text("gen_ai.evaluation.name")
	if traceID = cmp.Or(traceID, conversationOf(a)); traceID == "" {
		x.b.ignore("evaluation "+name, "it is of no trace and of no conversation")
		return
	}
	switch {
	case matches(x.c.Unanswered, name) && x.asked[traceID] != "":
		e := x.event(r, traceID, id, reports.Unanswered, at, a)
		e.Question = x.asked[traceID]
		x.b.add(e)
	case matches(x.c.Feedback, name):
		e := x.event(r, traceID, id, reports.Feedback, at, a)
		e.Comment = a.text("gen_ai.evaluation.explanation")
		label := strings.ToLower(a.text("gen_ai.evaluation.score.label"))
		score, err := strconv.ParseFloat(a.text("gen_ai.evaluation.score.value"), 64)
		switch {
		case matches([]string{"*up", "positive", "good", "helpful", "like*", "pass", "yes", "👍"}, label):
			e.Rating = reports.Positive
		case matches([]string{"*down", "negative", "bad", "unhelpful", "dislike*", "fail", "no", "👎"}, label):
			e.Rating = reports.Negative
		case label == "neutral":
			e.Rating = reports.Neutral
		case err == nil && score <= 0: // a thumb is 0 or 1, or -1 or 1
			e.Rating = reports.Negative
		case err == nil && score == 1:
			e.Rating = reports.Positive
		case err == nil && score <= 5:
			e.Score = int(score + 0.5)
		default:
			x.b.ignore("evaluation "+name, "its score is neither a thumb nor a number up to 5")
			return
		}
		x.b.add(e)
	default:
		x.b.ignore("evaluation "+name, "it is none of a visitor's")
	}
}
