package ingest

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
)

// wireEvent is an event as sources write it: with numbers for ids, times of many kinds,
// and a score that is told from none.
type wireEvent struct {
	reports.Event
	ID           word     `json:"id"`
	Conversation word     `json:"conversation"`
	Visitor      word     `json:"visitor"`
	At           word     `json:"at"`
	Rating       word     `json:"rating"`
	Score        *float64 `json:"score"`
	Member       struct {
		ID   word   `json:"id"`
		Name string `json:"name"`
	} `json:"member"`
}

// word is a string for which a number may stand.
type word string

// UnmarshalJSONFrom reads a string, or a number as it is written.
func (w *word) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '"':
		token, err := dec.ReadToken()
		if err == nil {
			*w = word(token.String())
		}
		return err
	case '0':
		v, err := dec.ReadValue()
		*w = word(v)
		return err
	case 'n':
		return dec.SkipValue()
	}
	if _, err := dec.ReadValue(); err != nil {
		return err
	}
	return &reports.FieldError{Field: fieldOf(dec.StackPointer()), Problem: "must be a string"}
}

// event is the event that was meant, not yet checked.
func (w *wireEvent) event(in *Intake) (reports.Event, error) {
	e := w.Event
	e.ID, e.Conversation, e.Visitor, e.Rating = string(w.ID), string(w.Conversation), string(w.Visitor), reports.Rating(w.Rating)
	e.Member = reports.Member{ID: string(w.Member.ID), Name: w.Member.Name}
	if w.At != "" {
		at, err := in.parseTime(string(w.At))
		if err != nil {
			return e, err
		}
		e.At = at
	}
	if w.Score != nil {
		if s := *w.Score; s != math.Trunc(s) || s < 1 || s > 5 {
			return e, &reports.FieldError{Field: "score", Problem: fmt.Sprintf("%v is not an integer from 1 to 5", s)}
		}
		e.Score = int(*w.Score)
	}
	return e, in.complete(&e)
}

// actors are the names that other systems have for ours.
var actors = map[string]reports.Actor{
	"customer": reports.Visitor, "user": reports.Visitor,
	"bot": reports.Agent, "ai": reports.Agent, "assistant": reports.Agent,
	"operator": reports.Human, "admin": reports.Human, "teammate": reports.Human,
}

// rounded is what a spreadsheet makes of a long number.
var rounded = regexp.MustCompile(`^\d(\.\d+)?[eE]\+\d+$`)

// complete understands what may be written otherwise (events.md, "forgiven on the way in"),
// and checks the event.
func (in *Intake) complete(e *reports.Event) error {
	for _, f := range [...]struct{ name, value string }{{"id", e.ID}, {"conversation", e.Conversation}} {
		if len(f.value) > 4 && f.value[len(f.value)-3] == '+' && rounded.MatchString(f.value) {
			return &reports.FieldError{Field: f.name, Problem: fmt.Sprintf("%q was rounded by a spreadsheet, and others became the same: give its column the format Text, and export again", f.value)}
		}
	}
	e.Type = known(e.Type, reports.EventTypes)
	e.Actor = known(e.Actor, reports.Actors)
	if actor, ok := actors[string(e.Actor)]; ok {
		e.Actor = actor
	}
	switch {
	case e.Type == reports.Closed && e.Actor == "":
		e.Actor = reports.System
	case e.Type == reports.Unanswered && e.Question == "":
		e.Question, e.Text = e.Text, ""
	}
	if e.Rating != "" {
		if n, err := strconv.ParseFloat(string(e.Rating), 64); err == nil {
			if n != math.Trunc(n) || n < 1 || n > 5 {
				return &reports.FieldError{Field: "rating", Problem: fmt.Sprintf("%v is not a score from 1 to 5", n)}
			}
			e.Rating, e.Score = "", int(n)
		}
		e.Rating = known(e.Rating, reports.Ratings)
	}
	err := e.Normalise(in.Source, in.Now)
	var field *reports.FieldError
	if errors.As(err, &field) {
		switch field.Field {
		case "type":
			field.Problem += near(e.Type, reports.EventTypes)
		case "actor":
			field.Problem += near(e.Actor, reports.Actors)
		}
	}
	return err
}

// known is a value as it is among those that there are, whatever its case.
func known[T ~string](v T, all []T) T {
	for _, k := range all {
		if v == k {
			return v
		}
	}
	return T(strings.ToLower(strings.TrimSpace(string(v))))
}

// near asks whether the most similar of some values was meant: by few letters, or by those
// that were left out.
func near[T ~string](v T, all []T) string {
	best, least := T(""), 3
	for _, k := range all {
		d := levenshtein.ComputeDistance(string(v), string(k))
		if len(v) > 2 && isAbbreviation(string(v), string(k)) {
			d = min(d, 2)
		}
		if d < least && d < len(k) {
			best, least = k, d
		}
	}
	if v == "" || best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// isAbbreviation reports whether a word's letters stand in another in that order, from the
// first.
func isAbbreviation(short, long string) bool {
	if short[0] != long[0] {
		return false
	}
	for i := range len(short) {
		at := strings.IndexByte(long, short[i])
		if at < 0 {
			return false
		}
		long = long[at+1:]
	}
	return true
}

// explain says what is wrong with a JSON object in terms of the event's fields.
func explain(err error) error {
	var field *reports.FieldError
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &field):
		return field
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		name := duplicateName(syntax)
		return &reports.FieldError{Field: name, Problem: "is given twice"}
	case errors.As(err, &syntax):
		if field := fieldOf(syntax.JSONPointer); field != "" && strings.Contains(syntax.Err.Error(), "UTF-8") {
			return &reports.FieldError{Field: field, Problem: "is not valid UTF-8"}
		}
		return fmt.Errorf("is not a JSON object: %v", syntax.Err)
	case errors.As(err, &semantic):
		field := fieldOf(semantic.JSONPointer)
		if field == "" {
			return errors.New("is not a JSON object")
		}
		return &reports.FieldError{Field: field, Problem: "must be " + kindOf(semantic.GoType)}
	}
	return err
}
