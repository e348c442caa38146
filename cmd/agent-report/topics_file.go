package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
)

type groupTopicsCmd struct {
	Names bool   `help:"Print the topics, largest first, with their names and how many questions each has."`
	File  string `arg:"" help:"A TSV in the order in which the questions came, with columns id and text, and lang where known; also gzipped; - is standard input."`
}

func (c *groupTopicsCmd) Run(a *app) error {
	in, _, err := a.openInput(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	questions, err := readQuestions(in, "id", "text")
	if err != nil {
		return usagef("%s: %w", c.File, err)
	}
	state, err := topics.Group(a.ctx, texts(questions))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(a.out)
	if c.Names {
		list, _ := state.List(topics.Filter{}, time.Time{})
		slices.SortStableFunc(list, func(a, b topics.Summary) int { return cmp.Or(b.Questions-a.Questions, a.Topic-b.Topic) })
		for _, t := range list {
			fmt.Fprintf(w, "%d\t%s\n", t.Questions, t.Name)
		}
		return w.Flush()
	}
	for i, q := range questions {
		placed, _ := state.Question(strconv.Itoa(i))
		fmt.Fprintf(w, "%s\t%d\n", q.id, placed.Topic)
	}
	return w.Flush()
}

type scoreTopicsCmd struct {
	Dir string `arg:"" help:"A folder of TSV files with columns id, label and text, and lang where known; also gzipped."`
}

// otherOrders is how many random orders of arrival the last column is the mean of.
const otherOrders = 3

func (c *scoreTopicsCmd) Run(a *app) error {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return usagef("%w", err)
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !strings.HasSuffix(strings.TrimSuffix(e.Name(), ".gz"), ".tsv") })
	if len(entries) == 0 {
		return usagef("%s: it holds no .tsv and no .tsv.gz: each needs the columns id, label and text", c.Dir)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "B-CUBED F1 / ADJUSTED RAND\tQUESTIONS\tAS IT IS\tWITHOUT LANGUAGES\tOTHER ORDERS")
	for _, e := range entries {
		in, _, err := a.openInput(filepath.Join(c.Dir, e.Name()))
		if err != nil {
			return err
		}
		questions, err := readQuestions(in, "id", "label", "text")
		in.Close()
		if errors.Is(err, errColumns) {
			fmt.Fprintf(a.err, "%s: left out: %v\n", e.Name(), err)
			continue
		} else if err != nil {
			return usagef("%s: %w", filepath.Join(c.Dir, e.Name()), err)
		}
		scores, err := a.scores(questions)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t", e.Name(), thousands(len(questions)))
		for i, s := range scores {
			fmt.Fprintf(w, "%.3f / %.3f%s", s.B3, s.Rand, []string{"\t", "\t", "\n"}[i])
		}
	}
	return w.Flush()
}

// scores are those of questions as they are, without their languages, and the mean in other orders of arrival.
func (a *app) scores(questions []question) (scores [3]topics.Score, err error) {
	untold := slices.Clone(questions)
	for i := range untold {
		untold[i].Language = ""
	}
	for i, list := range [][]question{questions, untold} {
		if scores[i], err = a.score(list); err != nil {
			return scores, err
		}
	}
	for seed := range uint64(otherOrders) {
		other := slices.Clone(questions)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		s, err := a.score(other)
		if err != nil {
			return scores, err
		}
		scores[2].B3 += s.B3 / otherOrders
		scores[2].Rand += s.Rand / otherOrders
	}
	return scores, nil
}

func (a *app) score(questions []question) (topics.Score, error) {
	state, err := topics.Group(a.ctx, texts(questions))
	if err != nil {
		return topics.Score{}, err
	}
	labels, groups := make([]string, len(questions)), make([]int, len(questions))
	for i, q := range questions {
		placed, _ := state.Question(strconv.Itoa(i))
		labels[i], groups[i] = q.label, placed.Topic
	}
	return topics.Compare(labels, groups), nil
}

// question is a line of a file of questions. A label is what a person says that it is about.
type question struct {
	id, label string
	topics.Text
}

func texts(questions []question) []topics.Text {
	list := make([]topics.Text, len(questions))
	for i, q := range questions {
		list[i] = q.Text
	}
	return list
}

// errColumns says that a file has other columns than are needed.
var errColumns = errors.New("the header needs the columns")

// readQuestions reads a TSV with a header that names at least the columns that are needed.
func readQuestions(in io.Reader, needed ...string) (questions []question, err error) {
	buffered := bufio.NewReader(in)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		zip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		buffered = bufio.NewReader(zip)
	}
	last := len(needed) - 1
	columns := strings.Join(needed[:last], ", ") + " and " + needed[last]
	lines := bufio.NewScanner(buffered)
	lines.Buffer(nil, 1<<20)
	var header []string
	width, n := 0, 1
	for ; lines.Scan(); n++ {
		fields := strings.Split(strings.TrimSuffix(lines.Text(), "\r"), "\t")
		if n == 1 {
			fields[0] = strings.TrimPrefix(fields[0], "\ufeff")
			header = fields
			for _, name := range needed {
				at := slices.Index(header, name)
				if at < 0 {
					return nil, fmt.Errorf("line 1: %w %s, parted by tabs; it has %q", errColumns, columns, fields)
				}
				width = max(width, at+1)
			}
			continue
		}
		if len(fields) == 1 && fields[0] == "" {
			continue
		}
		if len(fields) < width {
			return nil, fmt.Errorf("line %d: it has %d columns, the header asks for %d", n, len(fields), width)
		}
		var q question
		for i, value := range fields[:min(len(fields), len(header))] {
			switch header[i] {
			case "id":
				q.id = value
			case "label":
				q.label = value
			case "text":
				q.Text.Text = reports.Shorten(value, reports.MaxQuestion)
			case "lang", "language":
				q.Language = value
			}
		}
		questions = append(questions, q)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: it is longer than 1 MiB", n)
	case err != nil:
		return nil, err
	case header == nil:
		return nil, fmt.Errorf("it is empty: the first line needs the columns %s, parted by tabs", columns)
	}
	return questions, nil
}
