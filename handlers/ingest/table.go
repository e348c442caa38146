package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"agentreport/reports"
)

// CSV reads a table whose header names the fields of an event, with member_id and
// member_name for the teammate, or the columns that the intake names for them. Other
// columns are kept as unknown fields. Cells are parted by commas, semicolons or tabs.
func (in *Intake) CSV(r io.Reader) Reader {
	src := &rowLimit{r: r}
	return &csvReader{in: in, limit: src, src: bufio.NewReaderSize(src, peeked)}
}

type csvReader struct {
	in      *Intake
	limit   *rowLimit
	src     *bufio.Reader
	r       *csv.Reader
	header  []string
	skipped int // lines before the header
	index   int
	raw     []byte
}

// rowLimit ends a row that goes on and on, as after a quote that never closes.
type rowLimit struct {
	r    io.Reader
	left int
}

var errLongRow = fmt.Errorf("has more than %d bytes", MaxEventBytes)

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongRow
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}

var requiredColumns = []string{"id", "type", "conversation", "at"}

func isRequired(name string) bool { return slices.Contains(requiredColumns, name) }

// separatorLine is a first line with which spreadsheets say what parts the cells.
var separatorLine = regexp.MustCompile(`^"?sep=(.)"?\r?\n`)

func (c *csvReader) start() error {
	c.limit.left = MaxEventBytes + peeked
	first, err := c.src.Peek(4096)
	if err != nil && err != io.EOF {
		return err
	}
	var separator rune
	if m := separatorLine.FindSubmatch(first); m != nil {
		separator, c.skipped = rune(m[1][0]), 1
		if _, err := c.src.Discard(len(m[0])); err != nil {
			return err
		}
		first = first[len(m[0]):]
	}
	if separator == 0 {
		head, _, _ := bytes.Cut(bytes.TrimLeft(first, "\r\n"), []byte("\n"))
		separator = ','
		for _, s := range ";\t" {
			if strings.Count(string(head), string(s)) > strings.Count(string(head), string(separator)) {
				separator = s
			}
		}
	}
	c.r = csv.NewReader(c.src)
	c.r.FieldsPerRecord = -1
	c.r.Comma = separator
	header, err := c.r.Read()
	if err == io.EOF {
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("not CSV: %w", err)
	}
	return c.readHeader(header)
}

// readHeader finds out which column holds which field.
func (c *csvReader) readHeader(header []string) error {
	fields := map[string]string{} // by the column that the intake names for it
	for field, column := range c.in.Columns {
		fields[strings.ToLower(column)] = field
	}
	for _, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if field, ok := fields[name]; ok {
			name = field
			delete(fields, strings.ToLower(c.in.Columns[field]))
		} else if _, ok := c.in.Columns[name]; ok {
			name = "column " + name // another one holds that field
		}
		if slices.Contains(c.header, name) {
			return fmt.Errorf("not a table of events: the column %q is there twice", name)
		}
		c.header = append(c.header, name)
	}
	have := strings.Join(header, ", ")
	for column, field := range fields {
		return fmt.Errorf("no column is called %q, which is to hold %s: there are %s", column, field, reports.Shorten(have, 300))
	}
	for _, name := range requiredColumns {
		if !slices.Contains(c.header, name) {
			return fmt.Errorf("not a table of events: no column is called %q; there are %s. Name the ones that hold each field, such as --columns 'id=Message ID,conversation=Ticket ID,at=Created'",
				name, reports.Shorten(have, 300))
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
	c.limit.left = MaxEventBytes + peeked
	cells, err := c.r.Read()
	item := Item{Index: c.index}
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad) && bad.Err == csv.ErrBareQuote:
		// The row ends with its line.
		item.Line, item.Raw = bad.Line+c.skipped, []byte(strings.Join(cells, string(c.r.Comma)))
		item.Err = errors.New(`has a quote inside a cell: write "" for it, and the cell in quotes`)
		c.index++
		return item, nil
	case errors.As(err, &bad):
		if line := bad.StartLine + c.skipped; bad.StartLine < bad.Line {
			return Item{}, fmt.Errorf("line %d: a quote is opened there and never closed, so what follows cannot be told from the cell", line)
		}
		item.Line = bad.Line + c.skipped
		item.Err = errors.New(`has a quote that ends before its cell does: write "" for a quote inside a cell`)
		c.index++
		return item, nil
	case errors.Is(err, errLongRow):
		line, _ := c.r.FieldPos(0)
		return Item{}, fmt.Errorf("the row after line %d %w: a quote may be opened there and never closed", line+c.skipped, err)
	case err != nil:
		return Item{}, err
	}
	line, _ := c.r.FieldPos(0)
	item.Line = line + c.skipped
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
		if err := c.in.setColumn(&e, c.header[i], cell); err != nil {
			return e, err
		}
	}
	return e, c.in.complete(&e)
}

func (in *Intake) setColumn(e *reports.Event, name, cell string) error {
	word := strings.TrimSpace(cell)
	bad := func(want string) error {
		return &reports.FieldError{Field: name, Problem: fmt.Sprintf("%q is not %s", reports.Shorten(cell, 60), want)}
	}
	truth := func(to *bool) error {
		v, err := strconv.ParseBool(strings.ToLower(word))
		if err != nil {
			return bad("true or false")
		}
		*to = v
		return nil
	}
	switch name {
	case "id":
		e.ID = word
	case "source":
		e.Source = word
	case "type":
		e.Type = reports.EventType(word)
	case "conversation":
		e.Conversation = word
	case "at":
		at, err := in.parseTime(word)
		if err != nil {
			return err
		}
		e.At = at
	case "actor":
		e.Actor = reports.Actor(word)
	case "member_id":
		e.Member.ID = word
	case "member_name":
		e.Member.Name = word
	case "channel":
		e.Channel = word
	case "text":
		e.Text = cell
	case "question":
		e.Question = cell
	case "topic":
		e.Topic = cell
	case "rating":
		e.Rating = reports.Rating(word)
	case "score":
		n, err := strconv.Atoi(strings.TrimSuffix(word, ".0"))
		if err != nil || n < 1 || n > 5 {
			return bad("an integer from 1 to 5")
		}
		e.Score = n
	case "comment":
		e.Comment = cell
	case "reason":
		e.Reason = word
	case "url":
		e.URL = word
	case "language":
		e.Language = word
	case "visitor":
		e.Visitor = word
	case "inferred":
		return truth(&e.Inferred)
	case "test":
		return truth(&e.Test)
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
