// Package ingest turns what a source sends into events: one file a source. It
// knows the formats; what is done with the events is up to its caller.
package ingest

import (
	"errors"
	"fmt"
	"io"
	"math"
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
	Source string    // of events that name none
	Now    time.Time // events much later than that are refused
}

// Decode reads one event from a JSON object and checks it.
func (in Intake) Decode(raw []byte) (reports.Event, error) {
	var w wireEvent
	if len(raw) > MaxEventBytes {
		return w.Event, fmt.Errorf("has %d bytes, %d at most", len(raw), MaxEventBytes)
	}
	err := json.Unmarshal(raw, &w)
	e := w.Event
	if err != nil {
		return e, explain(err)
	}
	if w.Score != nil {
		if s := *w.Score; s != math.Trunc(s) || s < 1 || s > 5 {
			return e, &reports.FieldError{Field: "score", Problem: fmt.Sprintf("%v is not an integer from 1 to 5", s)}
		}
		e.Score = int(*w.Score)
	}
	return e, e.Normalise(in.Source, in.Now)
}

// wireEvent tells a score of 0 from none.
type wireEvent struct {
	reports.Event
	Score *float64 `json:"score"`
}

// explain says what is wrong with a JSON object in terms of the event's fields.
func explain(err error) error {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
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
		if field == "at" && semantic.JSONKind == '"' {
			return &reports.FieldError{Field: field, Problem: fmt.Sprintf("%s is not a time with a zone such as 2025-09-22T10:00:00Z", reports.Shorten(string(semantic.JSONValue), 60))}
		}
		return &reports.FieldError{Field: field, Problem: "must be " + kindOf(semantic.GoType)}
	}
	return err
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
	if t == reflect.TypeFor[time.Time]() {
		return "a string"
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

// Array reads a JSON array of events, or one event alone.
func (in Intake) Array(r io.Reader) Reader {
	// What is wrong inside an event is that event's error, not the stream's.
	return &arrayReader{in: in, dec: jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

type arrayReader struct {
	in      Intake
	dec     *jsontext.Decoder
	index   int
	started bool
	single  bool
}

// NotJSON says that a stream is not the JSON that it should be.
type NotJSON struct{ Err error }

func (e *NotJSON) Error() string { return fmt.Sprintf("not JSON: %v", e.Err) }
func (e *NotJSON) Unwrap() error { return e.Err }

func (a *arrayReader) Next() (Item, error) {
	if !a.started {
		a.started = true
		switch kind := a.dec.PeekKind(); kind {
		case '[':
			if _, err := a.dec.ReadToken(); err != nil {
				return Item{}, notJSON(err)
			}
		case '{':
			a.single = true
		default:
			if _, err := a.dec.ReadToken(); err != nil {
				if err == io.EOF {
					err = errors.New("it is empty")
				}
				return Item{}, notJSON(err)
			}
			return Item{}, &NotJSON{errors.New("neither an object nor an array of objects")}
		}
	}
	if a.single && a.index > 0 || !a.single && a.dec.PeekKind() == ']' {
		if !a.single {
			if _, err := a.dec.ReadToken(); err != nil {
				return Item{}, notJSON(err)
			}
		}
		if _, err := a.dec.ReadToken(); err != io.EOF {
			return Item{}, &NotJSON{errors.New("something follows its end; objects on lines of their own are application/x-ndjson")}
		}
		return Item{}, io.EOF
	}
	raw, err := a.dec.ReadValue()
	if err != nil {
		return Item{}, notJSON(err)
	}
	item := Item{Index: a.index, Raw: raw}
	item.Event, item.Err = a.in.Decode(raw)
	a.index++
	return item, nil
}

// notJSON keeps the errors of the transport apart from those of the syntax.
func notJSON(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		return &NotJSON{syntax}
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return &NotJSON{errors.New("it ends too early")}
	}
	var read interface{ Unwrap() error }
	if errors.As(err, &read) && read.Unwrap() != nil {
		return err
	}
	return &NotJSON{err}
}
