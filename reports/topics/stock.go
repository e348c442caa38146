package topics

import (
	"regexp"
	"strings"

	"agentreport/reports"
)

// A stock clause is one with which many questions begin or end, whatever they
// are about: a greeting that no list foresaw, what a web form puts before each
// question, a signature. It is known by its repetition and says nothing.

var (
	headPattern = regexp.MustCompile(`^[^,.:;!?¡¿–—]{2,100}[,.:;!?–—]+\s*`)
	tailPattern = regexp.MustCompile(`[,.:;!?–—]\s*([^,.:;!?¡¿–—]{2,100})[.!?\s]*$`)
)

const (
	// stockFrom is how many questions make a clause a stock clause,
	stockFrom = 5
	// stockShare the least share of all questions.
	stockShare = 0.005
)

// head is the clause with which a text begins, if there is another.
func head(text string) string {
	h := headPattern.FindString(text)
	if len(h) == len(text) {
		return ""
	}
	return h
}

// tail is the clause with which a text ends, if there is another.
func tail(text string) string {
	m := tailPattern.FindStringSubmatchIndex(text)
	if m == nil || strings.TrimSpace(text[:m[0]]) == "" {
		return ""
	}
	return text[m[2]:]
}

func clause(s string) feature { return hash('c', reports.NormaliseQuestion(fold(s))) }

// hear counts the clauses of a question.
func (g *Grouper) hear(text string) {
	for text = reports.Clean(text); ; {
		h := head(text)
		if h == "" {
			break
		}
		g.clauses[clause(h)]++
		if !g.isStock(h) {
			break
		}
		text = text[len(h):]
	}
	if t := tail(text); t != "" {
		g.clauses[clause(t)]++
	}
}

// withoutStock takes the stock clauses off, but never all.
func (g *Grouper) withoutStock(text string) string {
	text = reports.Clean(text)
	for h := head(text); h != "" && g.isStock(h); h = head(text) {
		text = text[len(h):]
	}
	if t := tail(text); t != "" && g.isStock(t) {
		text = text[:len(text)-len(t)]
	}
	return text
}

func (g *Grouper) isStock(s string) bool {
	return float64(g.clauses[clause(s)]) >= max(stockFrom, stockShare*g.size)
}
