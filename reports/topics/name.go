package topics

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"agentreport/reports"
)

// NameLength is the greatest number of characters of a name that the grouper
// gives.
const NameLength = 80

// youth is the number of questions up to which a topic's name may still change.
const youth = 30

// normal is a source's topic as a key: case and punctuation do not matter,
// unless there is nothing else.
func normal(name string) string {
	return cmp.Or(reports.NormaliseQuestion(name), strings.ToLower(name))
}

var openingPattern = regexp.MustCompile(`(?i)^(?:` +
	`(?:hi|hello|hey|dear sir or madam|good (?:morning|afternoon|evening|day)|hola|buenas(?: tardes| noches)?|buenos d[ií]as)(?: there| team| all)?|` +
	`(?:a )?quick question|(?:una )?(?:pregunta|consulta|duda)(?: r[aá]pida)?|(?:i have )?(?:a )?question|please|por favor|ok|okay|so|well|bueno|pues)\s*[,.!:;–—-]+\s*`)

var closingPattern = regexp.MustCompile(`(?i)[\s,.!]+(?:please|pls|thanks|thank you|thx|por favor|gracias)\s*([?.!]*)$`)

// NameOf makes a topic's name of a question, as the grouper does: without greeting, in one line,
// not too long, with a capital.
func NameOf(question string) string {
	name := withoutOpening(reports.Mask(reports.Clean(question)))
	if rest := closingPattern.ReplaceAllString(name, "$1"); len(rest) > 1 {
		name = rest
	}
	name = reports.Shorten(strings.TrimSpace(name), NameLength)
	if name == "" {
		return "…" // nothing that can be seen was asked
	}
	first := strings.IndexFunc(name, func(r rune) bool { return r != '¿' && r != '¡' })
	if first < 0 {
		return name
	}
	r, size := utf8.DecodeRuneInString(name[first:])
	return name[:first] + string(unicode.ToUpper(r)) + name[first+size:]
}

// withoutOpening takes off greetings and the like, unless there is nothing else.
func withoutOpening(text string) string {
	for {
		at := openingPattern.FindStringIndex(text)
		if at == nil || strings.TrimSpace(text[at[1]:]) == "" {
			return text
		}
		text = text[at[1]:]
	}
}

// isBetterName reports whether a young topic is to be called after a question
// that is about to join it: it is more like the others than the question after
// which the topic is called now, and reads at least as well.
func (s *State) isBetterName(v vector, text string, t *Topic) bool {
	if t.Named || t.Source != "" || len(t.questions) >= youth || t.like == "" {
		return false
	}
	if t.vector == nil {
		t.vector = s.grouper.vector(Text{Text: t.Name})
	}
	n := t.Number - 1
	// Each of the two is compared with the other and with the rest of the topic.
	has := s.grouper.typical(t.vector, n) - 1 + dot(t.vector, v)
	gets := s.grouper.typical(v, n)
	return gets*readable(NameOf(text)) > 1.05*has*readable(t.Name)
}

// readable is in favour of names of one clause, neither a single word nor a
// story.
func readable(name string) float64 {
	words := len(strings.Fields(name))
	switch n := utf8.RuneCountInString(name); {
	case words <= 1:
		return 0.5
	case words == 2:
		return 0.85
	case n > 60:
		return 0.7
	case n > 45:
		return 0.9
	}
	return 1
}
