package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"agentreport/handlers/ingest"
	"agentreport/handlers/sources"
	"agentreport/reports"
	"agentreport/store"
)

type importCmd struct {
	Source  string   `placeholder:"NAME" help:"Which system the files are of, such as intercom ('agent-report sources' has the list); of events of our own format the source of those that name none (default: default)."`
	JQ      string   `name:"jq" placeholder:"PROGRAM" help:"A program of your own, in jq, that turns the files into events (docs/sources/programs.md); --source names them."`
	Zone    string   `placeholder:"ZONE" help:"Zone of times that name none, such as Europe/Madrid (default: they are refused)."`
	Columns []string `placeholder:"FIELD=COLUMN" help:"Which column of a table holds a field, such as 'id=Message ID,at=Created'."`
	Chunk   int      `hidden:"" default:"20000" help:"How many events are recorded at once."`
	Files   []string `arg:"" name:"file" help:"NDJSON, a JSON array or CSV, also gzipped; - is standard input."`
}

// importChunk is how many events are recorded at once: enough that a
// conversation is projected few times, little enough to stay in memory.
const importChunk = 20_000

func (c *importCmd) Run(a *app) error {
	in, err := c.intake()
	if err != nil {
		return err
	}
	var from *sources.Config
	if c.JQ != "" {
		if from, err = a.sourceOr(cmp.Or(c.Source, strings.TrimSuffix(filepath.Base(c.JQ), ".jq")), c.JQ); err != nil {
			return err
		}
	} else if all, err := a.sources(); err != nil {
		return err
	} else {
		name, account, _ := strings.Cut(c.Source, ":")
		if from = all[name]; from != nil && account != "" {
			from.Account = account
		}
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		var refused, failed int
		for _, name := range c.Files {
			sum, err := a.importFile(s, name, in, from, c.Chunk)
			if sum.rejected > 0 {
				refused++
			}
			fmt.Fprintf(a.out, "%s: %s\n", name, sum)
			if a.ctx.Err() != nil {
				return a.ctx.Err()
			}
			if err != nil {
				failed++
				fmt.Fprintf(a.err, "agent-report: %s: %v\n", name, err)
			}
		}
		bar := a.progress(-1, "counting days")
		err := s.Settle(a.ctx, time.Now(), func(done, of int) {
			bar.ChangeMax(of)
			bar.Set(done)
		})
		bar.Finish()
		if err == nil {
			err = a.group(s)
		}
		switch {
		case err != nil:
			return err
		case failed > 0:
			return exitCode(exitFailed)
		case refused > 0:
			return exitCode(exitDiffers)
		}
		return nil
	})
}

// intake is what the flags say of the files.
func (c *importCmd) intake() (*ingest.Intake, error) {
	in := &ingest.Intake{Source: c.Source, Now: time.Now(), Columns: map[string]string{}}
	var p problems
	if c.Zone != "" {
		var err error
		in.Zone, err = parseZone(c.Zone)
		p.add("--zone", err)
	}
	for _, pair := range c.Columns {
		field, column, ok := strings.Cut(pair, "=")
		field, column = strings.ToLower(strings.TrimSpace(field)), strings.TrimSpace(column)
		switch _, twice := in.Columns[field]; {
		case !ok || field == "" || column == "":
			p.add("--columns", fmt.Errorf("%q is not FIELD=COLUMN, such as id=Ticket ID", pair))
		case twice:
			p.add("--columns", fmt.Errorf("%s is given twice", field))
		}
		in.Columns[field] = column
	}
	return in, p.err()
}

// imported is what became of a file.
type imported struct {
	reports.Recorded
	rejected int
	ignored  int    // parts of another system's file that give no event
	report   string // the file that lists the refused lines
	took     time.Duration
}

func (i imported) String() string {
	s := fmt.Sprintf("%s accepted, %s duplicates, %s refused in %s",
		plural(i.Accepted, "event"), thousands(i.Duplicates), thousands(i.rejected), i.took.Round(10*time.Millisecond))
	if i.ignored > 0 {
		s += fmt.Sprintf("\n  %s left out: 'agent-report sources check' says which, and why", plural(i.ignored, "part"))
	}
	if i.Differing > 0 {
		s += fmt.Sprintf("\n  of the duplicates %s other contents than the first of that id, which was kept: ids must be unique within a source", have(i.Differing))
	}
	if i.rejected > 0 {
		s += "\n  every refused line and why: " + i.report
	}
	return s
}

func have(n int) string {
	if n == 1 {
		return "1 has"
	}
	return thousands(n) + " have"
}

// importFile records a file chunk by chunk. While one chunk is written, the
// next is read and checked. It can be run again after any interruption: what is
// stored already counts as a duplicate.
func (a *app) importFile(s *store.Store, name string, intake *ingest.Intake, from *sources.Config, size int) (sum imported, err error) {
	start := time.Now()
	defer func() { sum.took = time.Since(start) }()
	in, bytes, err := a.openInput(name)
	if err != nil {
		return sum, err
	}
	defer in.Close()
	bar := a.progress(bytes, name)
	defer bar.Finish()
	items, err := a.read(io.TeeReader(in, bar), intake, from)
	if err != nil {
		return sum, err
	}
	out := &rejections{path: rejectedName(name)}
	sum.report = out.path
	if err := os.Remove(out.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return sum, err
	}

	chunks := make(chan []reports.Event, 1)
	written := make(chan error, 1)
	go func() {
		var err error
		for chunk := range chunks {
			if err != nil {
				continue // drain: the reader must not block
			}
			var rec reports.Recorded
			rec, err = s.Record(a.ctx, chunk)
			sum.Accepted += rec.Accepted
			sum.Duplicates += rec.Duplicates
			sum.Differing += rec.Differing
		}
		written <- err
	}()
	readErr := fill(chunks, items, out, size)
	close(chunks)
	err = errors.Join(<-written, readErr, out.close())
	sum.rejected = out.n
	if f, ok := items.(*sources.File); ok {
		sum.ignored = f.Ignored
	}
	return sum, err
}

// read reads a file as what it is: of another system, or in our own format, which a file of
// a system may be too.
func (a *app) read(r io.Reader, intake *ingest.Intake, from *sources.Config) (ingest.Reader, error) {
	src, err := ingest.Text(r)
	if err != nil {
		return nil, err
	}
	head, err := src.Peek(src.Size())
	if err != nil && err != io.EOF {
		return nil, err
	}
	if from != nil && !sources.IsOurs(head) {
		return from.File(a.ctx, src), nil
	}
	if what := sources.Recognise(head); what != "" {
		return nil, errors.New(what)
	}
	return intake.Open(src)
}

func fill(chunks chan<- []reports.Event, items ingest.Reader, out *rejections, size int) error {
	chunk := make([]reports.Event, 0, size)
	for n := 0; ; n++ {
		item, err := items.Next()
		if err == nil && item.Err != nil {
			if err := out.add(item); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			chunk = append(chunk, item.Event)
		}
		if len(chunk) == size || err != nil && len(chunk) > 0 {
			chunks <- chunk
			chunk = make([]reports.Event, 0, size)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %s: %w; what came before is imported", plural(n, "event"), err)
		}
	}
}

func (a *app) openInput(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(a.in), -1, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder, not a file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func rejectedName(name string) string {
	if name == "-" {
		name = "stdin"
	}
	return name + ".rejected.ndjson"
}

// rejections is the file of refused lines, made with the first of them.
type rejections struct {
	path string
	n    int
	file *os.File
	buf  *bufio.Writer
}

func (r *rejections) add(item ingest.Item) error {
	if r.file == nil {
		f, err := os.Create(r.path)
		if err != nil {
			return err
		}
		r.file, r.buf = f, bufio.NewWriter(f)
	}
	r.n++
	line := struct {
		Line  int    `json:"line,omitzero"`
		Index int    `json:"index"`
		Field string `json:"field,omitzero"`
		Error string `json:"error"`
		Event any    `json:"event"`
	}{Line: item.Line, Index: item.Index, Error: item.Err.Error(), Event: string(item.Raw)}
	var field *reports.FieldError
	if errors.As(item.Err, &field) {
		line.Field = field.Field
	}
	if raw := jsontext.Value(item.Raw); raw.IsValid(asSent) {
		line.Event = raw
	}
	if err := json.MarshalWrite(r.buf, line, asSent); err != nil {
		return err
	}
	return r.buf.WriteByte('\n')
}

// asSent writes what cannot be an event just as it came.
var asSent = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

func (r *rejections) close() error {
	if r.file == nil {
		return nil
	}
	return errors.Join(r.buf.Flush(), r.file.Close())
}

// progress is a bar on a terminal and nothing elsewhere. A negative size is
// unknown.
func (a *app) progress(size int64, what string) *progressbar.ProgressBar {
	f, ok := a.err.(*os.File)
	visible := ok && term.IsTerminal(int(f.Fd()))
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(a.err),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(size > 0),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
