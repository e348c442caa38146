package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"agentreport/reports"
	"agentreport/store"
)

type answersCmd struct {
	Export exportAnswersCmd `cmd:"" help:"Print the short answers that the customer agent is given."`
	Import importAnswersCmd `cmd:"" help:"Read short answers from a file."`
}

type exportAnswersCmd struct {
	Format   string `default:"json" enum:"json,csv,markdown" help:"json, csv or markdown (${default})."`
	Language string `placeholder:"LANG" help:"Only answers in this language."`
	All      bool   `help:"Also those that are not published."`
}

func (c *exportAnswersCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		list, err := s.Answers(a.ctx)
		if err != nil {
			return err
		}
		if c.All {
			for i := range list {
				list[i].Unpublished = false
			}
		}
		return reports.WriteAnswers(a.out, reports.Published(list, c.Language), reports.AnswerFormat(c.Format))
	})
}

type importAnswersCmd struct {
	Format string `enum:"json,csv," default:"" help:"json or csv (default: by the name of the file)."`
	File   string `arg:"" help:"What export wrote, or any file with the columns question and answer; - is standard input."`
}

func (c *importAnswersCmd) Run(a *app) error {
	format := reports.AnswerFormat(c.Format)
	if format == "" {
		format = reports.AnswersJSON
		if strings.EqualFold(filepath.Ext(c.File), ".csv") {
			format = reports.AnswersCSV
		}
	}
	in := io.NopCloser(a.in)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		in = f
	}
	defer in.Close()
	list, err := reports.ReadAnswers(in, format)
	if err != nil {
		return usagef("%s: %w", c.File, err)
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		var added, changed int
		for _, next := range list {
			isNew, err := a.importAnswer(s, next)
			if err != nil {
				return err
			}
			if isNew {
				added++
			} else {
				changed++
			}
		}
		fmt.Fprintf(a.out, "%s added, %s known already and brought up to date\n", plural(added, "answer"), thousands(changed))
		return nil
	})
}

// importedBy is who wrote an answer that came from a file.
const importedBy = "import"

// importAnswer adds an answer, or changes the one of its id.
func (a *app) importAnswer(s *store.Store, next reports.Answer) (isNew bool, err error) {
	now := time.Now().UTC().Truncate(time.Second)
	if next.ID == "" {
		next.ID = "i" + rand.Text()
	}
	for {
		have, version, err := s.Answer(a.ctx, next.ID)
		if errors.Is(err, reports.ErrNotFound) {
			next.CreatedBy = importedBy
			if next.CreatedAt.IsZero() {
				next.CreatedAt = now
			}
			return true, s.AddAnswer(a.ctx, next)
		}
		if err != nil {
			return false, err
		}
		have.Change(reports.Revision{Question: next.Question, Text: next.Text, Language: next.Language, Unpublished: have.Unpublished}, importedBy, now)
		if ok, err := s.SwapAnswer(a.ctx, have, version); err != nil || ok {
			return false, err
		}
	}
}
