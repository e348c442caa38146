package ingest

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Values reads JSON values, one after the other: objects are events, arrays hold events,
// and so does an envelope, which is an object that holds an array of them.
func (in *Intake) Values(r io.Reader) Reader {
	return &valueReader{in: in, dec: Lenient(r)}
}

type valueReader struct {
	in    *Intake
	dec   *jsontext.Decoder
	index int
	first []byte // an element that is already read
	raw   []byte
}

// NotJSON says that a stream is not the JSON that it should be.
type NotJSON struct{ Err error }

func (e *NotJSON) Error() string { return fmt.Sprintf("not JSON: %v", e.Err) }
func (e *NotJSON) Unwrap() error { return e.Err }

func (v *valueReader) Next() (Item, error) {
	for {
		if v.first != nil {
			raw := v.first
			v.first = nil
			return v.item(raw), nil
		}
		kind, length := v.dec.StackIndex(v.dec.StackDepth())
		switch next := v.dec.PeekKind(); {
		case kind == '[' && next != ']': // an element
			raw, err := v.dec.ReadValue()
			if err != nil {
				return Item{}, notJSON(err)
			}
			return v.item(raw), nil
		case kind == '{' && next != '}': // what follows the events of an envelope
			if err := v.dec.SkipValue(); err != nil {
				return Item{}, notJSON(err)
			}
		case next == '{':
			raw, err := v.object()
			if err != nil {
				return Item{}, notJSON(err)
			}
			if raw != nil {
				return v.item(raw), nil
			}
		case next == '[', next == ']', next == '}':
			if _, err := v.dec.ReadToken(); err != nil {
				return Item{}, notJSON(err)
			}
		default:
			_, err := v.dec.ReadToken()
			switch {
			case err == io.EOF && length > 0:
				return Item{}, io.EOF
			case err == io.EOF:
				return Item{}, notJSON(errors.New("it is empty"))
			case err != nil:
				return Item{}, notJSON(err)
			}
			return Item{}, &NotJSON{errors.New("neither an object nor an array of objects")}
		}
	}
}

func (v *valueReader) item(raw []byte) Item {
	item := Item{Index: v.index, Raw: raw}
	v.index++
	item.Event, item.Err = v.in.Decode(raw)
	return item
}

// object reads an object that is an event, or enters the array of an envelope, whose first
// element it keeps. Of an envelope nothing else is of use, and it may be of any size.
func (v *valueReader) object() ([]byte, error) {
	if _, err := v.dec.ReadToken(); err != nil {
		return nil, err
	}
	v.raw = append(v.raw[:0], '{')
	for v.dec.PeekKind() != '}' {
		if len(v.raw) > 1 {
			v.raw = append(v.raw, ',')
		}
		name, err := v.dec.ReadValue()
		if err != nil {
			return nil, err
		}
		v.raw = append(append(v.raw, name...), ':')
		if v.dec.PeekKind() != '[' {
			value, err := v.dec.ReadValue()
			if err != nil {
				return nil, err
			}
			v.raw = append(v.raw, value...)
			continue
		}
		if _, err := v.dec.ReadToken(); err != nil {
			return nil, err
		}
		v.raw = append(v.raw, '[')
		for n := 0; v.dec.PeekKind() != ']'; n++ {
			value, err := v.dec.ReadValue()
			if err != nil {
				return nil, err
			}
			if n == 0 && looksLikeEvent(value) {
				v.first = append([]byte(nil), value...)
				return nil, nil
			}
			if n > 0 {
				v.raw = append(v.raw, ',')
			}
			v.raw = append(v.raw, value...)
		}
		if _, err := v.dec.ReadToken(); err != nil {
			return nil, err
		}
		v.raw = append(v.raw, ']')
	}
	_, err := v.dec.ReadToken()
	return append(v.raw, '}'), err
}

// looksLikeEvent reports whether a value is an object with at least two of the fields that
// every event has.
func looksLikeEvent(raw jsontext.Value) bool {
	fields := 0
	for name := range members(raw) {
		if isRequired(name) {
			fields++
		}
	}
	return fields > 1
}

// notJSON keeps the errors of the transport apart from those of the syntax.
func notJSON(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return &NotJSON{errors.New("it ends too early")}
	case errors.As(err, &syntax):
		return &NotJSON{syntax}
	}
	var read interface{ Unwrap() error }
	if errors.As(err, &read) && read.Unwrap() != nil {
		return err
	}
	return &NotJSON{err}
}
