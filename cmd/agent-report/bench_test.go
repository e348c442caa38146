package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	_ "modernc.org/sqlite"

	"agentreport/reports"
	"agentreport/reports/sample"
	"agentreport/store"
	"agentreport/store/sqlite"
)

// sampleFile writes n sample events and returns the file and the events' keys
// and bodies as the driver's own inserts take them.
func sampleFile(b *testing.B, n int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "events.ndjson")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var buf bytes.Buffer
	until := time.Date(2025, 9, 22, 0, 0, 0, 0, time.UTC)
	i := 0
	for e := range sample.Events(sample.Options{Seed: 1, Weeks: 104, Conversations: n / 600, Until: until}) {
		line, err := json.Marshal(&e)
		if err != nil {
			b.Fatal(err)
		}
		buf.Write(line)
		buf.WriteByte('\n')
		if i++; i == n {
			break
		}
		if buf.Len() > 1<<20 {
			f.Write(buf.Bytes())
			buf.Reset()
		}
	}
	f.Write(buf.Bytes())
	if i < n {
		b.Fatalf("the sample has %d events; want %d", i, n)
	}
	return path
}

// peakMB is the largest memory that this process has had, of the kernel.
func peakMB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkImport imports a file with the program, each time as a process of its
// own, beside the driver's plain batched inserts of the same keys and bytes.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		path := sampleFile(b, n)
		b.Run(fmt.Sprintf("import/%d", n), func(b *testing.B) {
			for b.Loop() {
				cmd := program("--agent-report-data", b.TempDir(), "import", path)
				cmd.Env = append(cmd.Env, "AGENT_REPORT_TEST_PRINT_PEAK=1")
				out, err := cmd.CombinedOutput()
				if err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				var mb float64
				if _, peak, ok := strings.Cut(string(out), "peak "); ok {
					fmt.Sscanf(peak, "%f", &mb)
				}
				b.ReportMetric(mb, "peak-MB")
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
		b.Run(fmt.Sprintf("plain/%d", n), func(b *testing.B) {
			for b.Loop() {
				plainInserts(b, path)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// plainInserts is the least that storing a file can cost: its lines under their
// keys in one table, 20,000 to a transaction.
func plainInserts(b *testing.B, path string) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "plain.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE events (id TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"); err != nil {
		b.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	for start := 0; start < len(lines); start += importChunk {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		st, err := tx.Prepare("INSERT INTO events VALUES (?, ?)")
		if err != nil {
			b.Fatal(err)
		}
		for _, line := range lines[start:min(start+importChunk, len(lines))] {
			_, rest, _ := bytes.Cut(line, []byte(`"id":"`))
			id, _, _ := bytes.Cut(rest, []byte(`"`))
			if _, err := st.Exec("sample/"+string(id), line); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// filled is a store with so many conversations over 104 weeks.
func filled(b *testing.B, conversations int) *store.Store {
	b.Helper()
	backend, err := sqlite.Open(context.Background(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(context.Background(), backend, reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	until := time.Date(2025, 9, 22, 0, 0, 0, 0, time.UTC)
	var batch []reports.Event
	flush := func() {
		if _, err := s.Record(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		batch = batch[:0]
	}
	for e := range sample.Events(sample.Options{Seed: 1, Weeks: 104, Conversations: max(1, conversations/104), Until: until}) {
		if batch = append(batch, e); len(batch) == importChunk {
			flush()
		}
	}
	flush()
	if err := s.Settle(context.Background(), until, nil); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkReport answers a report over 104 weeks.
func BenchmarkReport(b *testing.B) {
	now := time.Date(2025, 9, 22, 0, 0, 0, 0, time.UTC)
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("104weeks/%dconversations", n), func(b *testing.B) {
			s := filled(b, n)
			r, _ := reports.FindReport("rates")
			q := reports.Query{Range: reports.LastWeeks(104, now, time.UTC), Now: now, Rules: s.Rules()}
			b.ResetTimer()
			for b.Loop() {
				days, err := s.Days(context.Background(), q.Range, now)
				if err != nil {
					b.Fatal(err)
				}
				if t := r.Run(days, q); t.IsEmpty() {
					b.Fatal("nothing to report")
				}
			}
		})
	}
}
