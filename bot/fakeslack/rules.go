package fakeslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// node is a JSON object of Block Kit.
type node = map[string]any

// object is one JSON object of a payload, and where it stands.
type object struct {
	node
	at     string // JSON pointer
	kind   string // what it is: modal, home, message, or its type
	role   string // what it is for: view, block, element, option, confirm, text, image
	parent *object
	server *Server
	all    *payload
}

// payload is what rules over a whole view or message look at.
type payload struct {
	kind    string // modal, home or message
	objects []*object
}

// rule is one thing for which Slack refuses a payload.
type rule struct {
	on   string // the kind or role of the objects that it is about
	says string // Slack's words
	from string // where Slack says so; with "verify" where no document settles it
	// look calls bad with the field that breaks the rule.
	look func(o *object, bad func(field, problem string))
}

// refuses walks through a payload and lists what breaks a rule of a table.
func (s *Server) refuses(table []rule, kind string, root node) []string {
	p := &payload{kind: kind}
	s.walk(p, &object{node: root, at: "", kind: kind, role: "view", server: s, all: p})
	var problems []string
	for _, o := range p.objects {
		for i := range table {
			r := &table[i]
			if r.on != o.kind && r.on != o.role {
				continue
			}
			r.look(o, func(field, problem string) {
				at := o.at
				if field != "" {
					at += "/" + field
				}
				problems = append(problems, "[ERROR] "+problem+" [json-pointer:"+at+"]")
			})
		}
	}
	return problems
}

// parts are the fields of an object that hold further objects, and what those are.
var parts = []struct{ field, role string }{
	{"blocks", "block"},
	{"title", "text"},
	{"submit", "text"},
	{"close", "text"},
	{"text", "text"},
	{"label", "text"},
	{"hint", "text"},
	{"placeholder", "text"},
	{"description", "text"},
	{"deny", "text"},
	{"fields", "text"},
	{"elements", "element"},
	{"accessory", "element"},
	{"element", "element"},
	{"options", "option"},
	{"initial_options", "option"},
	{"initial_option", "option"},
	{"option_groups", "group"},
	{"confirm", "confirm"},
}

func (s *Server) walk(p *payload, o *object) {
	p.objects = append(p.objects, o)
	for _, part := range parts {
		add := func(at string, v any) {
			n, ok := v.(node)
			if !ok {
				return
			}
			child := &object{node: n, at: at, kind: str(n["type"]), role: part.role, parent: o, server: s, all: p}
			if o.role == "confirm" && part.field == "confirm" {
				child.role = "text" // of the button that confirms
			}
			if part.role == "element" && o.kind == "context" && child.kind != "image" {
				child.role = "text"
			}
			s.walk(p, child)
		}
		switch v := o.node[part.field].(type) {
		case []any:
			for i, x := range v {
				add(fmt.Sprintf("%s/%s/%d", o.at, part.field, i), x)
			}
		case node:
			add(o.at+"/"+part.field, v)
		}
	}
}

// Refuses lists what Slack would refuse in the blocks of a message.
func (s *Server) Refuses(blocks json.RawMessage) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checkBlocks(blocks)
}

func (s *Server) checkBlocks(raw json.RawMessage) []string {
	var blocks []any
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return []string{"blocks is not a list"}
	}
	return s.refuses(rules, "message", node{"blocks": blocks})
}

// RefusesView is what Slack would refuse in a modal or a home view.
func (s *Server) RefusesView(view json.RawMessage) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return problemsOf(s.checkView(string(view)))
}

// problemsOf are the messages of a refusal, or else its word.
func problemsOf(err error) []string {
	var in invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &in):
		return in.messages
	}
	return []string{err.Error()}
}

// maxView is the size of a view in bytes: "Error returned if the provided view is
// greater than 250kb" (docs.slack.dev/methods/views.open).
const maxView = 250_000

func (s *Server) checkView(raw string) error {
	var v node
	if json.Unmarshal([]byte(raw), &v) != nil {
		return problem("invalid_arguments")
	}
	if len(raw) > maxView {
		return problem("view_too_large")
	}
	kind := str(v["type"])
	if kind != "modal" && kind != "home" {
		return invalid{"invalid_arguments", []string{"[ERROR] must be modal or home [json-pointer:/view/type]"}}
	}
	if bad := s.refuses(rules, kind, v); len(bad) > 0 {
		return invalid{"invalid_arguments", bad}
	}
	return nil
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func runes(v any) int { return utf8.RuneCountInString(str(v)) }
