package ingest_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"agentreport/handlers/ingest"
	"agentreport/reports"
)

var intake = ingest.Intake{Source: "file", Now: time.Date(2025, 9, 23, 0, 0, 0, 0, time.UTC)}

// read is what a stream gives: ids, and errors in brackets.
func read(t *testing.T, in io.Reader) (string, error) {
	t.Helper()
	items, err := intake.Open(in)
	if err != nil {
		return "", err
	}
	var out []string
	for {
		item, err := items.Next()
		if err == io.EOF {
			return strings.Join(out, " "), nil
		}
		if err != nil {
			return strings.Join(out, " "), err
		}
		if item.Err != nil {
			out = append(out, "["+item.Err.Error()+"]")
			continue
		}
		out = append(out, item.Event.Source+"/"+item.Event.ID)
	}
}

const event = `{"id":"1","type":"started","conversation":"c","at":"2025-09-22T10:00:00.1239+02:00"}`

func TestFormats(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, event)
	z.Close()
	for _, tt := range []struct{ name, in, want, err string }{
		{"NDJSON", event + "\n" + strings.Replace(event, `"1"`, `"2"`, 1), "file/1 file/2", ""},
		{"byte order mark", "\ufeff" + event, "file/1", ""},
		{"Windows lines", event + "\r\n\r\n" + event + "\r\n", "file/1 file/1", ""},
		{"gzip", zipped.String(), "file/1", ""},
		{"an array", " [\n" + event + ",\n" + event + "\n]", "file/1 file/1", ""},
		{"an array that is cut off", "[" + event + ",", "file/1", "not JSON"},
		{"nothing", "", "", ""},
		{"CSV", "id,type,conversation,at,actor,member_id,plan\n1,message,c,2025-09-22T10:00:00Z,human,m1,gold\n", "file/1", ""},
		{"CSV with semicolons", "id;type;conversation;at\n1;started;c;2025-09-22T10:00:00Z\n", "file/1", ""},
		{"CSV with a bad row", "id,type,conversation,at\n,started,c,2025-09-22T10:00:00Z\n2,started,c,today\n3,started,c,2025-09-22T10:00:00Z", `[id: is required] [at: "today" is not a time with a zone such as 2025-09-22T10:00:00Z] file/3`, ""},
		{"CSV without a column", "id,type,at\n", "", `no column is called "conversation"`},
		{"CSV with a column twice", "id,type,conversation,at,id\n", "", "twice"},
		{"CSV with too many cells", "id,type,conversation,at\n1,started,c,2025-09-22T10:00:00Z,x\n", "[has 5 columns, the header has 4]", ""},
		{"a line of 2 MB", `{"id":"` + strings.Repeat("x", 2<<20) + "\"}\n" + event, "[has 2097162 bytes, 1048576 at most] file/1", ""},
		{"the future", strings.Replace(event, "2025-09-22", "2025-09-25", 1), "[at: 2025-09-25T08:00:00Z is more than 24 hours in the future]", ""},
		{"before 2000", strings.Replace(event, "2025", "1999", 1), "[at: 1999-09-22T08:00:00Z is before the year 2000]", ""},
	} {
		got, err := read(t, strings.NewReader(tt.in))
		if got != tt.want || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %q, %v; want %q, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
}

func TestTimesAreCutToMilliseconds(t *testing.T) {
	e, err := intake.Decode([]byte(event))
	if err != nil || e.At.Format(time.RFC3339Nano) != "2025-09-22T08:00:00.123Z" {
		t.Errorf("at = %s, %v; want UTC, to the millisecond", e.At.Format(time.RFC3339Nano), err)
	}
}

// FuzzDecode looks for an event that is taken and breaks a rule, or an error
// that says nothing.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(event))
	f.Add([]byte(`{"id":"1","type":"feedback","conversation":"c","at":"2025-09-22T10:00:00Z","score":5,"member":{"id":"a"},"x":[1,{}]}`))
	f.Add([]byte("{\"id\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := intake.Decode(raw)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		again := e
		if err := again.Normalise("", intake.Now); err != nil {
			t.Errorf("%q was taken, and is refused the second time: %v", raw, err)
		}
		c := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}.Fold([]reports.Event{e})
		if e.IsInferred() != (len(c.Sessions) == 0) {
			t.Errorf("%q folds to %d sessions", raw, len(c.Sessions))
		}
	})
}

// FuzzOpen looks for a stream that does not end, or ends in a panic.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(event + "\n" + event))
	f.Add([]byte("[" + event + "]"))
	f.Add([]byte("id,type,conversation,at\n1,started,c,2025-09-22T10:00:00Z\n"))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, err := intake.Open(bytes.NewReader(raw))
		if err != nil {
			return
		}
		for n := 0; n <= len(raw)+1; n++ {
			if _, err := items.Next(); err != nil {
				if !errors.Is(err, io.EOF) && err.Error() == "" {
					t.Error("an error without a word")
				}
				return
			}
		}
		t.Errorf("%q gives more items than it has bytes", raw)
	})
}
