// Package ingest reads our own events, however they are written: one file a format. What
// is done with the events is up to its caller.
package ingest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"agentreport/reports"
)

// MaxEventBytes is the size of the largest event that is looked at. The largest
// that can be valid is far smaller.
const MaxEventBytes = 1 << 20

// Item is one event of a stream, or the reason why it is none.
type Item struct {
	Index int    // from 0
	Line  int    // from 1, where the format has lines
	Raw   []byte // as sent; valid until the next item
	Event reports.Event
	Err   error // a *reports.FieldError, or what is wrong with the whole item
}

// Reader yields the items of one stream.
type Reader interface {
	// Next returns the next item. io.EOF ends the stream; any other error means
	// that the rest of it cannot be read.
	Next() (Item, error)
}

// Intake is what a stream's events are completed and checked with.
type Intake struct {
	Source string         // of events that name none
	Now    time.Time      // events much later than that are refused
	Zone   *time.Location // of times that name none; nil refuses them
	// Columns are the names that a table has for some fields.
	Columns map[string]string
}

// Decode reads one event from a JSON object and checks it.
func (in *Intake) Decode(raw []byte) (reports.Event, error) {
	if len(raw) > MaxEventBytes {
		return reports.Event{}, fmt.Errorf("has %d bytes, %d at most", len(raw), MaxEventBytes)
	}
	if len(raw) > 0 && raw[0] != '{' {
		return reports.Event{}, fmt.Errorf("is not a JSON object: it begins with %q", reports.Shorten(string(raw), 20))
	}
	var w wireEvent
	if err := json.Unmarshal(raw, &w); err != nil {
		e := w.Event
		e.ID = string(w.ID)
		return e, explain(err)
	}
	return w.event(in)
}

func duplicateName(err *jsontext.SyntacticError) string {
	if field := fieldOf(err.JSONPointer); field != "" {
		return field
	}
	if _, quoted, ok := strings.Cut(err.Err.Error(), `"`); ok {
		return strings.TrimSuffix(quoted, `"`)
	}
	return "a field"
}

// fieldOf writes a JSON pointer as a field of the event: /member/id is member.id.
func fieldOf(p jsontext.Pointer) string {
	var parts []string
	for token := range p.Tokens() {
		parts = append(parts, token)
	}
	return strings.Join(parts, ".")
}

func kindOf(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64, reflect.Pointer:
		return "a number"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a string"
}
