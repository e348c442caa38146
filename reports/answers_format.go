package reports

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// AnswerFormat is a way to write short answers for a customer agent to learn
// from.
type AnswerFormat string

// The formats.
const (
	AnswersJSON     AnswerFormat = "json"
	AnswersCSV      AnswerFormat = "csv"
	AnswersMarkdown AnswerFormat = "markdown"
)

// AnswerFormats lists every format.
var AnswerFormats = []AnswerFormat{AnswersJSON, AnswersCSV, AnswersMarkdown}

// publishedAnswer is an answer as others see it.
type publishedAnswer struct {
	ID        string    `json:"id"`
	Question  string    `json:"question"`
	Answer    string    `json:"answer"`
	Language  string    `json:"language,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
}

var answerColumns = []string{"id", "question", "answer", "language", "created_at", "changed_at"}

// Published are the answers that are given to the customer agent, the oldest
// first, of a language or, where it is empty, of all.
func Published(list []Answer, language string) []Answer {
	var out []Answer
	for _, a := range list {
		if !a.Unpublished && (language == "" || a.Language == language) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b Answer) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out
}

// WriteAnswers writes answers in a format.
func WriteAnswers(w io.Writer, list []Answer, f AnswerFormat) error {
	published := make([]publishedAnswer, len(list))
	for i, a := range list {
		published[i] = publishedAnswer{a.ID, a.Question, a.Text, a.Language, a.CreatedAt, a.ChangedAt}
	}
	switch f {
	case AnswersCSV:
		out := csv.NewWriter(w)
		if err := out.Write(answerColumns); err != nil {
			return err
		}
		for _, a := range published {
			changed := ""
			if !a.ChangedAt.IsZero() {
				changed = a.ChangedAt.Format(time.RFC3339)
			}
			if err := out.Write([]string{a.ID, a.Question, a.Answer, a.Language, a.CreatedAt.Format(time.RFC3339), changed}); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	case AnswersMarkdown:
		for _, a := range published {
			if _, err := fmt.Fprintf(w, "## %s\n\n%s\n\n", strings.Join(strings.Fields(a.Question), " "), strings.TrimSpace(a.Answer)); err != nil {
				return err
			}
		}
		return nil
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(map[string]any{"answers": published})
}

// ReadAnswers reads what WriteAnswers wrote as JSON or CSV, or what somebody
// else wrote with at least the columns question and answer. The error names the
// first answer that is wrong.
func ReadAnswers(r io.Reader, f AnswerFormat) ([]Answer, error) {
	var list []publishedAnswer
	var err error
	switch f {
	case AnswersJSON:
		list, err = readAnswersJSON(r)
	case AnswersCSV:
		list, err = readAnswersCSV(r)
	default:
		err = fmt.Errorf("%s cannot be read back: use json or csv", f)
	}
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(list))
	for i, a := range list {
		switch {
		case strings.TrimSpace(a.Question) == "" || strings.TrimSpace(a.Answer) == "":
			err = errors.New("it needs a question and an answer")
		case utf8.RuneCountInString(a.Question) > MaxAnswerQuestion:
			err = fmt.Errorf("its question is longer than %d characters", MaxAnswerQuestion)
		case utf8.RuneCountInString(a.Answer) > MaxAnswer:
			err = fmt.Errorf("it is longer than %d characters", MaxAnswer)
		}
		if err != nil {
			return nil, fmt.Errorf("answer %d: %w", i+1, err)
		}
		answers[i] = Answer{ID: a.ID, Question: a.Question, Text: a.Answer, Language: a.Language, CreatedAt: a.CreatedAt, ChangedAt: a.ChangedAt}
	}
	return answers, nil
}

func readAnswersJSON(r io.Reader) ([]publishedAnswer, error) {
	var file struct {
		Answers []publishedAnswer `json:"answers"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("it is not JSON as in {\"answers\": [{\"question\": …, \"answer\": …}]}: %w", err)
	}
	return file.Answers, nil
}

func readAnswersCSV(r io.Reader) ([]publishedAnswer, error) {
	in := csv.NewReader(r)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	column := map[string]int{}
	for i, name := range head {
		column[strings.ToLower(strings.TrimSpace(name))] = i + 1
	}
	if column["question"] == 0 || column["answer"] == 0 {
		return nil, fmt.Errorf("line 1: the header needs the columns question and answer; it has %q", head)
	}
	var list []publishedAnswer
	for {
		row, err := in.Read()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		field := func(name string) string {
			if i := column[name]; i > 0 {
				return row[i-1]
			}
			return ""
		}
		a := publishedAnswer{ID: field("id"), Question: field("question"), Answer: field("answer"), Language: field("language")}
		for name, to := range map[string]*time.Time{"created_at": &a.CreatedAt, "changed_at": &a.ChangedAt} {
			if s := field(name); s != "" {
				if *to, err = time.Parse(time.RFC3339, s); err != nil {
					line, _ := in.FieldPos(0)
					return nil, fmt.Errorf("line %d: %s %q is not a time such as 2025-09-22T09:00:00Z", line, name, s)
				}
			}
		}
		list = append(list, a)
	}
}
