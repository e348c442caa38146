package sources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"agentreport/handlers/ingest"
	"agentreport/reports"
)

// maxPayload is the size of the largest value of a file.
const maxPayload = 64 << 20

// File reads a file of the system's: JSON values, one after the other, of an array each
// element.
type File struct {
	Ignored int // parts that gave no event

	ctx    context.Context
	c      *Config
	dec    *jsontext.Decoder
	events []reports.Event
	values int // that were read
	index  int
}

// File reads a file of the system's as events.
func (c *Config) File(ctx context.Context, r io.Reader) *File {
	return &File{ctx: ctx, c: c, dec: ingest.Lenient(r)}
}

// Next returns the next event, or a value that cannot be understood with the reason.
func (f *File) Next() (ingest.Item, error) {
	for len(f.events) == 0 {
		raw, err := f.value()
		if err != nil {
			return ingest.Item{}, err
		}
		item := ingest.Item{Index: f.index, Raw: raw}
		b, err := f.c.Decode(f.ctx, raw)
		if err != nil {
			f.index++
			item.Err = fmt.Errorf("value %d: %w", f.values, err)
			return item, f.ctx.Err()
		}
		f.Ignored += len(b.Ignored)
		for _, id := range b.Fetch {
			whole, err := f.c.Read(f.ctx, id)
			switch {
			case errors.Is(err, ErrGone):
				f.Ignored++
			case err != nil:
				f.index++
				item.Err = fmt.Errorf("value %d only names conversation %s: %w", f.values, id, err)
				return item, f.ctx.Err()
			}
			b.join(whole)
		}
		f.events = b.Events
	}
	e := f.events[0]
	f.events = f.events[1:]
	f.index++
	return ingest.Item{Index: f.index - 1, Event: e}, nil
}

// value reads the next value of the file.
func (f *File) value() ([]byte, error) {
	for {
		kind := f.dec.PeekKind()
		if depth := f.dec.StackDepth(); kind == ']' || kind == '[' && depth == 0 {
			if _, err := f.dec.ReadToken(); err != nil {
				return nil, f.broken(err)
			}
			continue
		}
		raw, err := f.dec.ReadValue()
		if err != nil {
			return nil, f.broken(err)
		}
		f.values++
		if len(raw) > maxPayload {
			return nil, fmt.Errorf("value %d has %d MB, %d at most: split the file", f.values, len(raw)>>20, maxPayload>>20)
		}
		return raw, nil
	}
}

func (f *File) broken(err error) error {
	switch {
	case err == io.EOF && f.values == 0:
		return errors.New("it is empty")
	case err == io.EOF && f.dec.StackDepth() == 0:
		return io.EOF
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("not JSON: it ends too early, after %d values", f.values)
	}
	return fmt.Errorf("not JSON, after %d values: %w", f.values, err)
}

// sums are columns of tables that hold no conversations.
var sums = regexp.MustCompile(`(?i)\b(no\. of|number of|total|average|avg|resolution rate|handoff rate|deflection rate|conversations count)\b`)

// others are systems whose files are recognised and cannot be read yet.
var others = []struct {
	title string
	looks func(has func(...string) bool) bool
}{
	{"Chatwoot", func(has func(...string) bool) bool { return has("event", "account") || has("inbox_id", "account_id") }},
	{"Zendesk", func(has func(...string) bool) bool {
		return has("audits") || has("ticket_id", "events", "author_id") || has("requester_id", "via", "status") || has("subject", "event", "detail")
	}},
}

// Recognise looks at the beginning of a file, and says what to do with one that is not of
// our own format; nothing where it may be, or nobody knows.
func Recognise(head []byte) string {
	names := membersOf(head)
	if names == nil {
		t := bytes.TrimLeft(head, "\r\n\t \ufeff")
		if line, _, _ := bytes.Cut(t, []byte("\n")); len(t) > 0 && t[0] != '[' && sums.Match(line) {
			return "these are sums, not conversations: figures are made of events, one for each thing that happened (docs/events.md)"
		}
		return ""
	}
	has := func(all ...string) bool {
		return !slices.ContainsFunc(all, func(n string) bool { return !names[n] })
	}
	if isOurs(names) {
		return ""
	}
	for _, s := range All {
		if s.looks != nil && s.looks(has) {
			return fmt.Sprintf("this looks like %s: import it with --source %s", s.Title, s.Name)
		}
	}
	for _, o := range others {
		if o.looks(has) {
			return fmt.Sprintf("this looks like %s, which has no reader yet: write a program of ten lines for it (docs/sources/programs.md)", o.title)
		}
	}
	return ""
}

// IsOurs reports whether a file is of our own format: it begins with an event, or is a
// table, which no other system's is.
func IsOurs(head []byte) bool {
	t := bytes.TrimLeft(head, "\r\n\t ")
	return len(t) > 0 && t[0] != '{' && t[0] != '[' || isOurs(membersOf(head))
}

func isOurs(names map[string]bool) bool {
	n := 0
	for _, name := range []string{"id", "type", "conversation", "at"} {
		if names[name] {
			n++
		}
	}
	return n >= 3 && names["conversation"]
}

// membersOf are the names of the members of a file's first value, or of the first element
// of an array; nil where that is no object.
func membersOf(head []byte) map[string]bool {
	dec := ingest.Lenient(bytes.NewReader(head))
	if dec.PeekKind() == '[' {
		if _, err := dec.ReadToken(); err != nil {
			return nil
		}
	}
	if dec.PeekKind() != '{' {
		return nil
	}
	names := map[string]bool{}
	for _, err := dec.ReadToken(); err == nil && dec.PeekKind() == '"'; err = dec.SkipValue() {
		name, err := dec.ReadToken()
		if err != nil {
			break
		}
		names[name.String()] = true
	}
	return names
}

// Check gives each value of a file what it becomes, its place from 1, and why it cannot be
// understood. It reads nothing from the system's API.
func (c *Config) Check(ctx context.Context, r io.Reader, each func(b Batch, value int, err error) error) error {
	f := c.File(ctx, r)
	for {
		raw, err := f.value()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := c.Decode(ctx, raw)
		if err := each(b, f.values, err); err != nil {
			return err
		}
	}
}
