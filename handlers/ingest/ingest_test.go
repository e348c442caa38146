package ingest_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	stdutf16 "unicode/utf16"

	"agentreport/handlers/ingest"
	"agentreport/reports"
)

var intake = &ingest.Intake{Source: "file", Now: time.Date(2025, 9, 23, 0, 0, 0, 0, time.UTC)}

// read is what a stream gives: ids, and errors in brackets.
func read(t *testing.T, in io.Reader) (string, error) {
	t.Helper()
	return readWith(intake, in)
}

func readWith(intake *ingest.Intake, in io.Reader) (string, error) {
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
	zip := func(s string) string {
		var b strings.Builder
		z := gzip.NewWriter(&b)
		io.WriteString(z, s)
		z.Close()
		return b.String()
	}
	zipped, zippedLine := zip(event), zip(event+"\n")
	for _, tt := range []struct{ name, in, want, err string }{
		{"NDJSON", event + "\n" + strings.Replace(event, `"1"`, `"2"`, 1), "file/1 file/2", ""},
		{"byte order mark", "\ufeff" + event, "file/1", ""},
		{"Windows lines", event + "\r\n\r\n" + event + "\r\n", "file/1 file/1", ""},
		{"gzip", zipped, "file/1", ""},
		{"an array", " [\n" + event + ",\n" + event + "\n]", "file/1 file/1", ""},
		{"an array that is cut off", "[" + event + ",", "file/1", "it ends too early"},
		{"nothing", "", "", ""},
		{"CSV", "id,type,conversation,at,actor,member_id,plan\n1,message,c,2025-09-22T10:00:00Z,human,m1,gold\n", "file/1", ""},
		{"CSV with semicolons", "id;type;conversation;at\n1;started;c;2025-09-22T10:00:00Z\n", "file/1", ""},
		{"CSV with a bad row", "id,type,conversation,at\n,started,c,2025-09-22T10:00:00Z\n2,started,c,today\n3,started,c,2025-09-22T10:00:00Z", `[id: is required: unique within its source, so that the same event sent again counts once] [at: "today" is not a time with a zone such as 2025-09-22T10:00:00Z] file/3`, ""},
		{"CSV without a column", "id,type,at\n", "", `no column is called "conversation"`},
		{"CSV with a column twice", "id,type,conversation,at,id\n", "", "twice"},
		{"CSV with too many cells", "id,type,conversation,at\n1,started,c,2025-09-22T10:00:00Z,x\n", "[has 5 columns, the header has 4]", ""},
		{"CSV with tabs, capitals and blanks", "ID\t Type \tConversation\tAt\tnote, with a comma\n 1 \tstarted\tc\t 2025-09-22T10:00:00Z\tx\n", "file/1", ""},
		{"CSV that names its separator", "sep=|\nid|type|conversation|at\n1|started|c|2025-09-22T10:00:00Z\n|started|c|2025-09-22T10:00:00Z", "file/1 [id: is required: unique within its source, so that the same event sent again counts once]", ""},
		{"UTF-16", utf16("id;type;conversation;at;text\n1;message;c;2025-09-22T10:00:00Z;¿Sí?\n"), "[actor: is required for message: one of visitor, agent, human, system]", ""},
		{"a stray quote", "id,type,conversation,at,text\n1,started,c,2025-09-22T10:00:00Z,5\" wide\n2,started,c,2025-09-22T10:00:00Z,\"a\"b\n3,started,c,2025-09-22T10:00:00Z,x", `[has a quote inside a cell: write "" for it, and the cell in quotes] [has a quote that ends before its cell does: write "" for a quote inside a cell] file/3`, ""},
		{"an open quote", "sep=,\nid,type,conversation,at,text\n1,started,c,2025-09-22T10:00:00Z,x\n2,started,c,2025-09-22T10:00:00Z,\"x\n3,started,c,2025-09-22T10:00:00Z,x", "file/1", "line 4: a quote is opened there"},
		{"an open quote before very much", "id,type,conversation,at,text\n1,started,c,2025-09-22T10:00:00Z,\"x\n" + strings.Repeat("2,started,c,2025-09-22T10:00:00Z,x\n", 80_000), "", "a quote may be opened there"},
		{"a pretty object", strings.ReplaceAll(event, ",", ",\n  "), "file/1", ""},
		{"pretty objects", strings.ReplaceAll(event+event, ",", ",\n  "), "file/1 file/1", ""},
		{"an envelope", "{\"total\":1,\"tags\":[],\"list\":[" + event + "," + event + "],\"next\":{\"page\":[1]}}", "file/1 file/1", ""},
		{"a pretty envelope of 3 MB", "{\n\"events\": [" + strings.Repeat(event+",\n", 30_000) + event + "]\n}", strings.Repeat("file/1 ", 30_000) + "file/1", ""},
		{"an envelope of 3 MB on a line", "{\"events\": [" + strings.Repeat(event+",", 30_000) + event + "]}", strings.Repeat("file/1 ", 30_000) + "file/1", ""},
		{"envelopes on lines", "{\"events\":[" + event + "]}\n{\"events\":[" + event + "]}\n", "file/1 file/1", ""},
		{"an event that holds an array", strings.Replace(event, "{", `{"files":[{"id":1,"name":"x"}],`, 1), "file/1", ""},
		{"a broken line before a good one", `{"id":"1","type` + "\n" + event, "[is not a JSON object: unexpected EOF] file/1", ""},
		{"a pretty object that is cut off", "{\n\"id\":1,\n", "", "it ends too early"},
		{"numbers for ids", `{"id":81234567890123456789,"type":"message","conversation":9,"at":1758535200,"actor":"agent","visitor":7,"member":{"id":3}}`, "file/81234567890123456789", ""},
		{"a rounded id", `{"id":1.23457E+15,"type":"started","conversation":"c","at":1758535200}`, `[id: "1.23457E+15" was rounded by a spreadsheet, and others became the same: give its column the format Text, and export again]`, ""},
		{"a type that is not", strings.Replace(event, "started", "msg", 1), `[type: "msg" is unknown: use one of started, assigned, message, unanswered, handoff, feedback, resolved, reopened, closed; did you mean message?]`, ""},
		{"a type that is like none", strings.Replace(event, "started", "purchase", 1), `[type: "purchase" is unknown: use one of started, assigned, message, unanswered, handoff, feedback, resolved, reopened, closed]`, ""},
		{"gzip of two parts and zeros", zippedLine + zippedLine + strings.Repeat("\x00", 2000), "file/1 file/1", ""},
		{"gzip and something else", zipped + "x", "", "something that is not gzip follows"},
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

// utf16 is a text as Windows writes it.
func utf16(s string) string {
	b := []byte("\xff\xfe")
	for _, unit := range stdutf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

// TestTimes holds how a time may be written.
func TestTimes(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ at, want, inMadrid string }{
		{"2025-09-22T10:00:00Z", "2025-09-22T10:00:00Z", ""},
		{" 2025-09-22t10:00:00z ", "2025-09-22T10:00:00Z", ""},
		{"2025-09-22 10:00:00 UTC", "2025-09-22T10:00:00Z", ""},
		{"2025-09-22 10:00:00 GMT", "2025-09-22T10:00:00Z", ""},
		{"2025-09-22 10:00:00+00", "2025-09-22T10:00:00Z", ""},
		{"2025-09-22T10:00:00.5-0330", "2025-09-22T13:30:00.5Z", ""},
		{"2025-09-22T10:00+02:00", "2025-09-22T08:00:00Z", ""},
		{"2025-09-22T10:00:00,98765432109Z", "2025-09-22T10:00:00.987Z", ""},
		{"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z", ""},
		{"1758535200", "2025-09-22T10:00:00Z", ""},
		{"1758535200.25", "2025-09-22T10:00:00.25Z", ""},
		{"1758535200123", "2025-09-22T10:00:00.123Z", ""},
		{"1758535200123456", "2025-09-22T10:00:00.123Z", ""},
		{"1758535200123456789", "2025-09-22T10:00:00.123Z", ""},
		{"2025-09-22 10:00", "has no zone", "2025-09-22T08:00:00Z"},
		{"2025-02-22T10:00:00.5", "has no zone", "2025-02-22T09:00:00.5Z"},
		{"45922.41667", "is Excel's number of days: write 2025-09-22T10:00:00Z", ""},
		{"12345", "neither seconds nor milliseconds", ""},
		{"9/10/2025", "two ways", ""},
		{"22.09.2025 10:00", "two ways", ""},
		{"2025-09-22", "has no time of day", ""},
		{"2025-09-22T24:00:00Z", "the next day's 00:00", ""},
		{"2025-09-31T10:00:00Z", "is not a time", ""},
		{"2025-09-22T10:00:00 CEST", "is not a time", ""},
		{"September 22, 2025, 10:00 AM", "is not a time with a zone such as 2025-09-22T10:00:00Z", ""},
	} {
		in := *intake
		for zone, want := range map[*time.Location]string{nil: tt.want, madrid: cmp.Or(tt.inMadrid, tt.want)} {
			in.Zone = zone
			for form, raw := range map[string]string{
				"JSON": strings.Replace(event, "2025-09-22T10:00:00.1239+02:00", tt.at, 1),
				"CSV":  "id,type,conversation,at\n1,started,c,\"" + tt.at + "\"\n",
			} {
				items, err := in.Open(strings.NewReader(raw))
				if err != nil {
					t.Fatal(err)
				}
				item, err := items.Next()
				if err != nil {
					t.Fatal(err)
				}
				got := item.Event.At.Format(time.RFC3339Nano)
				if item.Err != nil {
					got = item.Err.Error()
				}
				if got != want && (item.Err == nil || !strings.Contains(got, want)) {
					t.Errorf("%s, %q in %v: %s; want %s", form, tt.at, zone, got, want)
				}
			}
		}
	}
}

// TestColumns holds that a table's own names can be said.
func TestColumns(t *testing.T) {
	in := *intake
	in.Columns = map[string]string{"id": "Message ID", "at": "created", "conversation": "Ticket"}
	const table = "ID,message id,Ticket,Created,Type\nrow,m1,t1,2025-09-22T10:00:00Z,started\n"
	items, err := in.Open(strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	item, err := items.Next()
	if err != nil || item.Err != nil || item.Event.ID != "m1" || item.Event.Conversation != "t1" || string(item.Event.Unknown["column id"]) != `"row"` {
		t.Errorf("%+v, %v", item, err)
	}
	in.Columns["actor"] = "Who"
	if _, err := readWith(&in, strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), `no column is called "who", which is to hold actor: there are ID, message id`) {
		t.Errorf("a column that is not there: %v", err)
	}
}

// TestCases holds what becomes of files as people have them.
func TestCases(t *testing.T) {
	in := ingest.Intake{Source: "file", Now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
	for name, want := range map[string]struct {
		taken   int
		refused string // the lines
		err     string
	}{
		"04_utf16le_bom.csv":         {3, "", ""},
		"06_tab.tsv":                 {2, "", ""},
		"by_hand_from_readme.ndjson": {22, "14 16 20 22 23 24 25 26", ""},
		"excel_scientific_ids.csv":   {0, "2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", ""},
		"gz_truncated.ndjson.gz":     {4640, "", "unexpected EOF"},
		"pretty_envelope.json":       {2, "", ""},
		"pretty_object.json":         {1, "", ""},
		"stray_quote.csv":            {1999, "1001", ""},
		"unclosed_quote.csv":         {0, "", "line 2"},
		"times.csv":                  {12, "3 4 8 10 12 15 19", ""},
	} {
		f, err := os.Open(filepath.Join("testdata", "cases", name))
		if err != nil {
			t.Fatal(err)
		}
		taken, refused := 0, []string{}
		items, err := in.Open(f)
		for err == nil {
			var item ingest.Item
			if item, err = items.Next(); err == nil && item.Err != nil {
				refused = append(refused, fmt.Sprint(item.Line))
				t.Logf("%s:%d: %v", name, item.Line, item.Err)
			} else if err == nil {
				taken++
			}
		}
		f.Close()
		got := strings.Join(refused, " ")
		if taken != want.taken || got != want.refused || want.err == "" && err != io.EOF || !strings.Contains(err.Error(), want.err) {
			t.Errorf("%s: %d taken, %s refused, %v; want %+v", name, taken, got, err, want)
		}
	}
}
