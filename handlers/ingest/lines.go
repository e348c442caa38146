package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentreport/reports"

	"github.com/go-json-experiment/json"
)

// Lines reads NDJSON: one event a line. A bad line does not spoil the others,
// empty ones are passed over.
func (in Intake) Lines(r io.Reader) Reader {
	return &lineReader{in: in, r: bufio.NewReaderSize(r, 1<<16)}
}

type lineReader struct {
	in    Intake
	r     *bufio.Reader
	buf   []byte
	line  int
	index int
}

func (l *lineReader) Next() (Item, error) {
	for {
		raw, size, err := l.readLine()
		if err != nil && (err != io.EOF || size == 0) {
			return Item{}, err
		}
		l.line++
		if raw = bytes.TrimSpace(raw); len(raw) == 0 && size <= MaxEventBytes {
			continue
		}
		item := Item{Index: l.index, Line: l.line, Raw: raw}
		l.index++
		if size > MaxEventBytes {
			item.Err = fmt.Errorf("has %d bytes, %d at most", size, MaxEventBytes)
			return item, nil
		}
		item.Event, item.Err = l.in.Decode(raw)
		return item, nil
	}
}

// readLine returns a line, cut where it is too long, and its whole length.
func (l *lineReader) readLine() (line []byte, size int, err error) {
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		size += len(part)
		if err == nil && len(l.buf) == 0 {
			return part, size, nil
		}
		if room := MaxEventBytes - len(l.buf); room > 0 {
			l.buf = append(l.buf, part[:min(room, len(part))]...)
		}
		if err != bufio.ErrBufferFull {
			return l.buf, size, err
		}
	}
}

// CSV reads a table whose header names the fields of an event, with member_id
// and member_name for the teammate. Other columns are kept as unknown fields.
func (in Intake) CSV(r io.Reader) Reader {
	return &csvReader{in: in, src: bufio.NewReaderSize(r, 1<<16)}
}

type csvReader struct {
	in     Intake
	src    *bufio.Reader
	r      *csv.Reader
	header []string
	index  int
	raw    []byte
}

var requiredColumns = []string{"id", "type", "conversation", "at"}

func (c *csvReader) start() error {
	first, err := c.src.Peek(4096)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	head, _, _ := bytes.Cut(first, []byte("\n"))
	c.r = csv.NewReader(c.src)
	c.r.FieldsPerRecord = -1
	if !bytes.ContainsRune(head, ',') && bytes.ContainsRune(head, ';') {
		c.r.Comma = ';' // as spreadsheets write it where the comma is a decimal point
	}
	header, err := c.r.Read()
	if err == io.EOF {
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("not CSV: %w", err)
	}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if slices.Contains(c.header, name) {
			return fmt.Errorf("not a table of events: the column %q is there twice", name)
		}
		c.header = append(c.header, name)
		header[i] = name
	}
	for _, name := range requiredColumns {
		if !slices.Contains(c.header, name) {
			return fmt.Errorf("not a table of events: no column is called %q; a header with %s is required (NDJSON begins with {, a JSON array with [)", name, strings.Join(requiredColumns, ", "))
		}
	}
	return nil
}

func (c *csvReader) Next() (Item, error) {
	if c.r == nil {
		if err := c.start(); err != nil {
			return Item{}, err
		}
	}
	cells, err := c.r.Read()
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		// What follows a broken quote cannot be told from what is inside it.
		return Item{}, fmt.Errorf("line %d is not CSV: %w", bad.Line, bad.Err)
	}
	if err != nil {
		return Item{}, err
	}
	line, _ := c.r.FieldPos(0)
	item := Item{Index: c.index, Line: line}
	c.index++
	item.Event, item.Err = c.event(cells)
	c.raw, err = json.Marshal(c.object(cells), json.Deterministic(true))
	if err != nil {
		return Item{}, err
	}
	item.Raw = c.raw
	return item, nil
}

// object is the row as it would be in JSON, for the report of refused rows.
func (c *csvReader) object(cells []string) map[string]string {
	o := map[string]string{}
	for i, cell := range cells {
		if cell != "" && i < len(c.header) {
			o[c.header[i]] = cell
		}
	}
	return o
}

func (c *csvReader) event(cells []string) (reports.Event, error) {
	var e reports.Event
	if len(cells) > len(c.header) {
		return e, fmt.Errorf("has %d columns, the header has %d", len(cells), len(c.header))
	}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		if err := setColumn(&e, c.header[i], cell); err != nil {
			return e, err
		}
	}
	return e, e.Normalise(c.in.Source, c.in.Now)
}

func setColumn(e *reports.Event, name, cell string) error {
	bad := func(want string) error {
		return &reports.FieldError{Field: name, Problem: fmt.Sprintf("%q is not %s", reports.Shorten(cell, 60), want)}
	}
	switch name {
	case "id":
		e.ID = cell
	case "source":
		e.Source = cell
	case "type":
		e.Type = reports.EventType(cell)
	case "conversation":
		e.Conversation = cell
	case "at":
		at, err := time.Parse(time.RFC3339, cell)
		if err != nil {
			return bad("a time with a zone such as 2025-09-22T10:00:00Z")
		}
		e.At = at
	case "actor":
		e.Actor = reports.Actor(cell)
	case "member_id":
		e.Member.ID = cell
	case "member_name":
		e.Member.Name = cell
	case "channel":
		e.Channel = cell
	case "text":
		e.Text = cell
	case "question":
		e.Question = cell
	case "topic":
		e.Topic = cell
	case "rating":
		e.Rating = reports.Rating(cell)
	case "score":
		n, err := strconv.Atoi(strings.TrimSuffix(cell, ".0"))
		if err != nil || n < 1 || n > 5 {
			return bad("an integer from 1 to 5")
		}
		e.Score = n
	case "comment":
		e.Comment = cell
	case "reason":
		e.Reason = cell
	case "url":
		e.URL = cell
	case "language":
		e.Language = cell
	case "visitor":
		e.Visitor = cell
	case "test":
		test, err := strconv.ParseBool(strings.ToLower(cell))
		if err != nil {
			return bad("true or false")
		}
		e.Test = test
	default:
		raw, err := json.Marshal(cell)
		if err != nil {
			return err
		}
		if e.Unknown == nil {
			e.Unknown = reports.Unknown{}
		}
		e.Unknown[name] = raw
	}
	return nil
}

// Open tells the format of a file by its first bytes: gzip or not, then a JSON
// array, NDJSON or CSV.
func (in Intake) Open(r io.Reader) (Reader, error) {
	src := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := src.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, fmt.Errorf("not a gzip file: %w", err)
		}
		src = bufio.NewReaderSize(z, 1<<16)
	}
	first, err := src.Peek(4096)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(first, mark) {
		if _, err := src.Discard(len(mark)); err != nil {
			return nil, err
		}
		first = first[len(mark):]
	}
	switch t := bytes.TrimLeft(first, " \t\r\n"); {
	case len(t) == 0 || t[0] == '{':
		return in.Lines(src), nil
	case t[0] == '[':
		return in.Array(src), nil
	}
	return in.CSV(src), nil
}
