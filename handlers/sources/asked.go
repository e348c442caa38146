package sources

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"agentreport/reports"
)

// withAsked adds, to the events of a whole conversation, what the visitor asked last before a
// person took over, as an unanswered question that is inferred. A visitor who only asked
// for a person asked nothing that the agent could not answer.
func (c *Config) withAsked(events []reports.Event) []reports.Event {
	if c.NoGaps || !c.infersGaps {
		return events
	}
	slices.SortStableFunc(events, func(a, b reports.Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	told := map[string]bool{} // questions of which the source says that they had no answer
	for i := range events {
		if events[i].Type == reports.Unanswered {
			told[events[i].Question] = true
		}
	}
	var asked *reports.Event
	var out []reports.Event
	for i := range events {
		e := &events[i]
		switch {
		case e.Type == reports.Message && e.Actor == reports.Visitor && strings.TrimSpace(e.Text) != "" && !wantsPerson(e.Text):
			asked = e
		case e.Type == reports.Handoff && asked != nil && !told[asked.Text] && e.Reason != "visitor_request":
			out = append(out, reports.Event{
				ID: e.ID + ":asked", Type: reports.Unanswered, Conversation: e.Conversation, At: asked.At, Question: asked.Text,
				Channel: e.Channel, URL: e.URL, Visitor: asked.Visitor, Inferred: true, Test: e.Test,
			})
			asked = nil
		}
	}
	return append(events, out...)
}

// personWords are how people ask for a person, in English and Spanish.
var personWords = regexp.MustCompile(`(?i)\b(human|real person|live (agent|person|chat)|(speak|talk|chat|connect(ed)?|transfer(red)?|get|put)( me)?( to| with| through to)? (a |an |the |some|your )?(person|someone|somebody|one|agent|representative|rep|operator|advisor|adviser|manager|supervisor|teammate)|(hablar|chatear|comunicar(me)?|pasa(r)?(me)?|p[aá]same|contactar)( con| a)? (un|una|el|la|algun|alg[uú]n|alguna)? ?(persona|humano|humana|agente|asesor|asesora|operador|operadora|alguien|representante|compañero|encargado)|persona real|agente humano)\b`)

// maxPersonWords is up to how many words a message is only about a person.
const maxPersonWords = 12

// wantsPerson reports whether a message only asks for a person.
func wantsPerson(text string) bool {
	words := strings.Fields(text)
	if len(words) == 1 {
		return slices.Contains([]string{"agent", "person", "operator", "representative", "agente", "persona", "humano", "operador"}, strings.ToLower(strings.Trim(words[0], ".,!¡?¿"))) || personWords.MatchString(text)
	}
	return len(words) <= maxPersonWords && personWords.MatchString(text)
}
