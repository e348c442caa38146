package sources

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/itchyny/gojq"

	"agentreport/handlers/ingest"
	"agentreport/reports"
)

//go:embed prelude.jq
var prelude string

//go:embed programs/*.jq
var programs embed.FS

// shipped are the sources of which only the shape differs: each is a program in jq.
var shipped = []*Source{
	{
		Name: "rasa", Title: "Rasa",
		Gives:    []string{"messages", "handoffs", "questions without an answer"},
		Lacks:    []reports.Fact{reports.FactRatings, reports.FactAfterHandoff},
		Defaults: Names{Handoffs: []string{"action_handoff", "action_human_handoff", "action_hand_off*"}, Unanswered: []string{"nlu_fallback", "out_of_scope"}},
		looks: func(has func(...string) bool) bool {
			return has("sender_id", "events") || has("sender_id", "event", "timestamp")
		},
		decode: programmed("rasa"),
	},
	{
		Name: "slack-export", Title: "Slack export",
		Gives: []string{"messages", "reactions as ratings"},
		Lacks: []reports.Fact{reports.FactHandoffs, reports.FactOutcomes, reports.FactQuestions},
		looks: func(has func(...string) bool) bool {
			return has("type", "ts", "text") && (has("user") || has("bot_id"))
		},
		decode: programmed("slack-export"),
	},
	{
		Name: "voiceflow", Title: "Voiceflow",
		Gives:    []string{"messages", "handoffs", "questions without an answer", "ratings from evaluations"},
		Lacks:    []reports.Fact{reports.FactAfterHandoff},
		Defaults: Names{Handoffs: []string{"live_agent", "handoff*", "*_handoff", "talk_to_agent"}, Unanswered: []string{"none", "VF.NO_MATCH"}},
		looks:    func(has func(...string) bool) bool { return has("transcript") || has("sessionID", "logs") },
		decode:   programmed("voiceflow"),
	},
	{
		Name: "botpress", Title: "Botpress",
		Gives:    []string{"messages", "handoffs"},
		Lacks:    []reports.Fact{reports.FactRatings, reports.FactAfterHandoff},
		Defaults: Names{Handoffs: []string{"*hitlStarted", "*handoff*"}, Unanswered: []string{"*no_answer*", "*fallback*"}},
		looks: func(has func(...string) bool) bool {
			return has("messages", "meta") || has("conversationId", "direction", "payload")
		},
		decode: programmed("botpress"),
	},
	{
		Name: "dialogflow-cx", Title: "Dialogflow CX",
		Gives:    []string{"messages", "handoffs", "questions without an answer", "ratings"},
		Lacks:    []reports.Fact{reports.FactAfterHandoff},
		Defaults: Names{Unanswered: []string{"NO_MATCH"}},
		looks: func(has func(...string) bool) bool {
			return has("name", "interactions") || has("conversation_name", "turn_position")
		},
		decode: programmed("dialogflow-cx"),
	},
}

// limits bound what a program may take for a payload.
type limits struct {
	time   time.Duration
	memory uint64 // beyond what the process has
	events int
}

var programLimits = limits{10 * time.Second, 512 << 20, 200_000}

type decoder = func(context.Context, []byte, *Config) (Batch, error)

// programmed decodes with a program that is shipped, which is compiled when it is first
// used: most commands use none.
func programmed(name string) decoder {
	compiled := sync.OnceValues(func() (decoder, error) {
		src, err := programs.ReadFile("programs/" + name + ".jq")
		if err != nil {
			return nil, err
		}
		return compile(name+".jq", string(src))
	})
	return func(ctx context.Context, payload []byte, c *Config) (Batch, error) {
		decode, err := compiled()
		if err != nil {
			return Batch{}, err
		}
		return decode(ctx, payload, c)
	}
}

// Program is a source of a team's own: a program in jq, read from a file.
func Program(name, file string) (*Source, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	decode, err := compile(filepath.Base(file), string(src))
	if err != nil {
		return nil, err
	}
	return &Source{Name: name, Title: name, Gives: []string{"what " + filepath.Base(file) + " makes of it"}, decode: decode}, nil
}

var definedName = regexp.MustCompile(`^(?:function|variable) not defined: ([^/]+)`)

// compile makes a decoder of a program. What is wrong with it is said with its line.
func compile(file, src string) (decoder, error) {
	query, err := gojq.Parse(src)
	var parse *gojq.ParseError
	if errors.As(err, &parse) {
		return nil, fmt.Errorf("%s, line %d: %w", file, lineOf(src, parse.Offset), err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	before, err := gojq.Parse(prelude + ".")
	if err != nil {
		return nil, err
	}
	query.FuncDefs = append(before.FuncDefs, query.FuncDefs...)
	code, err := gojq.Compile(query, gojq.WithVariables([]string{"$source"}),
		gojq.WithFunction("is_in", 1, 1, isIn),
		gojq.WithFunction("plain", 0, 0, func(v any, _ []any) any {
			s, ok := v.(string)
			if !ok {
				return fmt.Errorf("plain is for strings, not for %s", gojq.TypeOf(v))
			}
			return plain(s)
		}))
	if err != nil {
		if m := definedName.FindStringSubmatch(err.Error()); m != nil {
			return nil, fmt.Errorf("%s, line %d: %w", file, lineOf(src, strings.Index(src, m[1])), err)
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return func(ctx context.Context, payload []byte, c *Config) (Batch, error) {
		b, err := run(ctx, code, payload, c)
		if err != nil {
			err = fmt.Errorf("%s: %w", file, err)
		}
		return b, err
	}, nil
}

func lineOf(src string, offset int) int {
	return 1 + strings.Count(src[:min(max(offset, 0), len(src))], "\n")
}

// isIn is a function for programs: whether a name is in a list, in which * stands for
// anything.
func isIn(v any, args []any) any {
	name, ok := v.(string)
	list, isList := args[0].([]any)
	if !ok || !isList {
		return fmt.Errorf("is_in is for a name and a list, not for %s and %s", gojq.TypeOf(v), gojq.TypeOf(args[0]))
	}
	var patterns []string
	for _, p := range list {
		if s, ok := p.(string); ok {
			patterns = append(patterns, s)
		}
	}
	return matches(patterns, name)
}

// run runs a program on a payload, for a bounded time and in bounded memory.
func run(ctx context.Context, code *gojq.Code, payload []byte, c *Config) (Batch, error) {
	var b Batch
	var v any
	if err := json.Unmarshal(payload, &v, exactNumbers, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return b, fmt.Errorf("the payload is not JSON: %w", err)
	}
	ctx, done := context.WithCancelCause(ctx)
	defer done(nil)
	go programLimits.watch(ctx, done)
	in := ingest.Intake{Source: c.EventSource(), Now: c.now()}
	iter := code.RunWithContext(ctx, v, map[string]any{
		"account": c.Account, "agents": anys(c.Agents), "handoffs": anys(c.Handoffs), "unanswered": anys(c.Unanswered),
	})
	for n := 1; ; n++ {
		out, ok := iter.Next()
		if !ok {
			break
		}
		if err, ok := out.(error); ok {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return b, err
		}
		if n > programLimits.events {
			return b, fmt.Errorf("the program gives more than %d events for one payload", programLimits.events)
		}
		o, ok := out.(map[string]any)
		if !ok {
			return b, fmt.Errorf("output %d is %s, not an event: %s", n, gojq.TypeOf(out), gojq.Preview(out))
		}
		if what, ok := o["ignored"].(string); ok {
			why, _ := o["why"].(string)
			b.ignore(strings.TrimSpace(what), why)
			continue
		}
		for k, v := range o {
			if v == nil || v == "" && k != "id" {
				delete(o, k)
			}
		}
		raw, err := gojq.Marshal(o)
		if err != nil {
			return b, err
		}
		e, err := in.Decode(raw)
		if err != nil {
			b.ignore(fmt.Sprintf("output %d, %s", n, reports.Shorten(string(raw), 200)), err.Error())
			continue
		}
		b.add(e)
	}
	return b, nil
}

// exactNumbers reads whole numbers as they are, however long: ids are.
var exactNumbers = json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, to *any) error {
	if dec.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(string(raw)); err == nil {
		*to = n
	} else if n, ok := new(big.Int).SetString(string(raw), 10); ok {
		*to = n
	} else if x, err := strconv.ParseFloat(string(raw), 64); err == nil {
		*to = x
	} else {
		return fmt.Errorf("%s is not a number that can be read", raw)
	}
	return nil
}))

// watch ends a program that takes too long or too much.
func (l limits) watch(ctx context.Context, done context.CancelCauseFunc) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	before := heap[0].Value.Uint64()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(l.time)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-late.C:
			done(fmt.Errorf("the program takes more than %s for one payload: does it end", l.time))
			return
		case <-tick.C:
			if metrics.Read(heap); heap[0].Value.Uint64() > before+l.memory {
				done(fmt.Errorf("the program needs more than %d MB for one payload", l.memory>>20))
				return
			}
		}
	}
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
