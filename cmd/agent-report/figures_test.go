package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
	"agentreport/store/mongo/mongotest"
)

// smallData has two small files with every corner, and the figures that they give.
const smallData = "../../reports/testdata"

// realData is the folder with real event files and the figures that they give.
func realData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AGENT_REPORT_TEST_DATA")
	if dir == "" {
		t.Skip("AGENT_REPORT_TEST_DATA names no folder with real event files")
	}
	return dir
}

// reference is the figures of one file under one zone, definition and moment.
type reference struct {
	path, file, zone, definition, now string
}

func references(t *testing.T, dir string) []reference {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "reference", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no reference files in %s: %v", dir, err)
	}
	zones := map[string]string{"utc": "UTC", "madrid": "Europe/Madrid"}
	var list []reference
	for _, p := range paths {
		parts := strings.Split(strings.TrimSuffix(filepath.Base(p), ".json"), ".")
		r := reference{p, filepath.Join(dir, parts[0]+".ndjson.gz"), zones[parts[1]], parts[2], "2017-06-01T00:00:00Z"}
		if len(parts) > 3 {
			r.now = parts[3] + "T00:00:00Z"
		}
		list = append(list, r)
	}
	return list
}

// matches prints every figure and compares it with the reference.
func (ref reference) matches(t *testing.T, store ...string) {
	t.Helper()
	args := append(store, "--agent-report-zone", ref.zone, "report", "all", "--definition", ref.definition, "--now", ref.now, "--json")
	r := arIn(t, nil, args...).must(t, exitOK)
	var got, want reports.All
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(ref.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Weeks, got.Weeks); d != "" {
		t.Errorf("%s (-want +got):\n%s", filepath.Base(ref.path), d)
	}
	ref.isListed(t, want, store)
}

// isListed compares the sums of the list of conversations with the figures.
func (ref reference) isListed(t *testing.T, want reports.All, store []string) {
	t.Helper()
	args := append(store, "--agent-report-zone", ref.zone, "report", "conversations", "--definition", ref.definition, "--now", ref.now, "--from", "2000-01-01", "--to", "2100-01-01", "--csv")
	rows, err := csv.NewReader(strings.NewReader(arIn(t, nil, args...).must(t, exitOK).out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]map[string]float64{}
	for _, row := range rows[1:] {
		week := sums[row[0]]
		if week == nil {
			week = map[string]float64{}
			sums[row[0]] = week
		}
		for i, name := range rows[0] {
			if n, err := strconv.ParseFloat(row[i], 64); err == nil {
				week[name] += n
			}
		}
	}
	for w, figures := range want.Weeks {
		for name, v := range figures {
			parts := map[string]any{"": v}
			if m, ok := v.(map[string]any); ok && name != "by_channel" && name != "team" && name != "reasons" {
				parts = map[string]any{}
				for key, n := range m {
					parts["_"+key] = n
				}
			}
			for key, n := range parts {
				if n, ok := n.(float64); ok && sums[string(w)][name+key] != n {
					t.Errorf("%s, %s: the list sums %s%s to %v; want %v", filepath.Base(ref.path), w, name, key, sums[string(w)][name+key], n)
				}
			}
		}
	}
	if len(sums) != len(want.Weeks) {
		t.Errorf("%s: the list has %d weeks; want %d", filepath.Base(ref.path), len(sums), len(want.Weeks))
	}
}

// TestReferenceFigures imports every file and compares every figure: as the file
// is; with its lines shuffled and doubled; and by two processes at once that each
// have two thirds of it.
func TestReferenceFigures(t *testing.T) { referenceFigures(t, smallData) }

// TestRealReferenceFigures does the same with the real files.
func TestRealReferenceFigures(t *testing.T) { referenceFigures(t, realData(t)) }

func referenceFigures(t *testing.T, dir string) {
	byStore := map[[2]string][]reference{}
	for _, r := range references(t, dir) {
		key := [2]string{r.file, r.zone}
		byStore[key] = append(byStore[key], r)
	}
	for key, refs := range byStore {
		for _, way := range []string{"as it is", "shuffled and doubled", "by two processes"} {
			t.Run(filepath.Base(key[0])+" "+key[1]+" "+way, func(t *testing.T) {
				t.Parallel()
				data := t.TempDir()
				at := []string{"--agent-report-data", data, "--agent-report-zone", key[1]}
				var files [][]string
				switch way {
				case "as it is":
					files = [][]string{{key[0]}}
				case "shuffled and doubled":
					lines := readLines(t, key[0])
					lines = append(lines, lines...)
					rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
					files = [][]string{{writeLines(t, lines)}}
				default:
					lines := readLines(t, key[0])
					third := len(lines) / 3
					files = [][]string{{writeLines(t, lines[:2*third])}, {writeLines(t, lines[third:])}}
				}
				importAtOnce(t, at, files)
				for _, ref := range refs {
					ref.matches(t, at...)
				}
				arIn(t, nil, append(at, "verify")...).must(t, exitOK)
			})
		}
	}
}

// TestReferenceFiguresOnMongoDB does the same on MongoDB's wire protocol, with the
// small files and a thousand real conversations.
func TestReferenceFiguresOnMongoDB(t *testing.T) {
	t.Parallel()
	stores := map[[2]string]string{}
	list := references(t, smallData)
	if dir := os.Getenv("AGENT_REPORT_TEST_DATA"); dir != "" {
		list = append(list, slices.DeleteFunc(references(t, dir), func(r reference) bool {
			return filepath.Base(r.file) != "support-sample.ndjson.gz"
		})...)
	}
	for _, ref := range list {
		key := [2]string{ref.file, ref.zone}
		if stores[key] == "" {
			stores[key] = mongotest.URI(t) + "?timeoutMS=600000" // the stand-in takes its time
			arIn(t, nil, "--mongodb-uri", stores[key], "--agent-report-zone", ref.zone, "import", ref.file).must(t, exitOK)
		}
		ref.matches(t, "--mongodb-uri", stores[key])
	}
}

// importAtOnce imports each list of files by a process of its own.
func importAtOnce(t *testing.T, at []string, files [][]string) {
	t.Helper()
	if len(files) == 1 {
		arIn(t, nil, append(append(at[:len(at):len(at)], "import"), files[0]...)...).must(t, exitOK)
		return
	}
	var wg sync.WaitGroup
	for _, f := range files {
		wg.Go(func() {
			if out, err := program(append(append(at[:len(at):len(at)], "import"), f...)...).CombinedOutput(); err != nil {
				t.Errorf("import: %v\n%s", err, out)
			}
		})
	}
	wg.Wait()
}

// program is the program as a process of its own.
func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func readLines(t *testing.T, path string) [][]byte {
	t.Helper()
	b, err := io.ReadAll(gunzip(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(b), []byte("\n"))
}

func writeLines(t *testing.T, lines [][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(path, append(bytes.Join(lines, []byte("\n")), '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKilledImport kills an import at random moments, again and again on one
// store, and then lets one finish: nothing is lost and nothing counted twice.
func TestKilledImport(t *testing.T) {
	const kills = 30
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	ar(t, dir, "generate", "--weeks", "10", "--conversations", "500", "--until", "2025-09-22", "--out", file).must(t, exitOK)
	want := t.TempDir()
	ar(t, want, "import", file).must(t, exitOK)
	report := []string{"report", "all", "--now", "2025-10-01T00:00:00Z", "--json"}

	data := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for killed < kills {
		cmd := program("--agent-report-data", data, "import", "--chunk", "200", file)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
			// It was done before: begin with an empty store.
			data = t.TempDir()
		case <-time.After(time.Duration(20+rng.IntN(700)) * time.Millisecond):
			cmd.Process.Kill()
			<-ended
			killed++
			if killed%5 == 0 {
				ar(t, data, "verify").must(t, exitOK)
			}
		}
	}
	ar(t, data, "verify").must(t, exitOK)
	ar(t, data, "import", file).must(t, exitOK)
	ar(t, data, "verify").must(t, exitOK)
	if a, b := ar(t, want, report...).out, ar(t, data, report...).out; a != b {
		t.Errorf("the figures differ:\n%s", cmp.Diff(a, b))
	}
}

// TestFourImports has four processes import overlapping parts of a file.
func TestFourImports(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	ar(t, dir, "generate", "--weeks", "6", "--conversations", "500", "--until", "2025-09-22", "--out", file).must(t, exitOK)
	want := t.TempDir()
	ar(t, want, "import", file).must(t, exitOK)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	var files [][]string
	for i := range 4 {
		files = append(files, []string{writeLines(t, lines[i*len(lines)/8:len(lines)*(i+5)/8])})
	}
	data := t.TempDir()
	importAtOnce(t, []string{"--agent-report-data", data}, files)
	report := []string{"report", "all", "--now", "2025-10-01T00:00:00Z", "--json"}
	if a, b := ar(t, want, report...).out, ar(t, data, report...).out; a != b {
		t.Errorf("the figures differ:\n%s", cmp.Diff(a, b))
	}
	ar(t, data, "verify").must(t, exitOK)
}

// TestMoveBetweenStores carries everything from SQLite to MongoDB and back.
func TestMoveBetweenStores(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	ar(t, dir, "generate", "--weeks", "2", "--conversations", "60", "--until", "2025-09-22", "--out", file).must(t, exitOK)
	first, last, uri := t.TempDir(), t.TempDir(), mongotest.URI(t)
	ar(t, first, "import", file).must(t, exitOK)
	ar(t, first, "tokens", "create", "shop").must(t, exitOK)
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	ar(t, first, "export", a).must(t, exitOK)
	arIn(t, nil, "--mongodb-uri", uri, "restore", a).must(t, exitOK)
	arIn(t, nil, "--mongodb-uri", uri, "export", b).must(t, exitOK)
	ar(t, last, "restore", b).must(t, exitOK)
	report := []string{"report", "all", "--now", "2025-10-01T00:00:00Z", "--json"}
	want := ar(t, first, report...).must(t, exitOK).out
	for name, got := range map[string]string{
		"MongoDB":         arIn(t, nil, append([]string{"--mongodb-uri", uri}, report...)...).must(t, exitOK).out,
		"SQLite, at last": ar(t, last, report...).must(t, exitOK).out,
	} {
		if got != want {
			t.Errorf("%s has other figures:\n%s", name, cmp.Diff(want, got))
		}
	}
	if list := ar(t, last, "tokens", "list").out; !strings.Contains(list, "shop") {
		t.Errorf("tokens %q; want the one that was made at first", list)
	}
}
