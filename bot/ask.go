package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/agnivade/levenshtein"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// Ask is what a person wants to see: a command of the table, or a report, and
// what it is to cover. Its text form is what the person could have typed.
type Ask struct {
	Command    string
	Range      reports.Range
	Channel    string
	Definition string
	Public     bool
	Text       string // of a command that takes one, such as a note
	Page       int    // of a list, from 0
}

// String is the text that gives the same Ask again, whatever day it is.
func (a Ask) String() string {
	parts := []string{a.Command}
	if a.Text != "" {
		parts = append(parts, a.Text)
	}
	if a.Range != (reports.Range{}) {
		parts = append(parts, string(a.Range.From)+".."+string(a.Range.To.Add(-1)))
	}
	if a.Channel != "" {
		parts = append(parts, "channel:"+quote(a.Channel))
	}
	if a.Definition != "" {
		parts = append(parts, "definition:"+a.Definition)
	}
	if a.Public {
		parts = append(parts, "public")
	}
	if a.Page > 0 {
		parts = append(parts, "page:"+strconv.Itoa(a.Page+1))
	}
	return strings.Join(parts, " ")
}

func quote(s string) string {
	if strings.IndexFunc(s, unicode.IsSpace) < 0 {
		return s
	}
	return `"` + s + `"`
}

// askError is a fault in what a person typed, said in their language.
type askError struct {
	id   string // of the message
	args lang.Args
}

func (e askError) Error() string { return fmt.Sprintf("%s %v", e.id, e.args) }

// parseAsk reads what a person typed after the slash command, in English or
// Spanish. Days and weeks are those of a zone.
func parseAsk(text string, now time.Time, zone *time.Location) (Ask, error) {
	words := tokens(text)
	var a Ask
	var err error
	if a.Command, words, err = commandOf(words); err != nil {
		return a, err
	}
	if c, _ := find(vocabulary, a.Command); c.text {
		_, a.Text, _ = strings.Cut(strings.TrimSpace(curly.Replace(reports.Clean(text))), " ")
		a.Text = strings.TrimSpace(a.Text)
		return a, nil
	}
	today := reports.DayOf(now, zone)
	for i := 0; i < len(words); {
		n, err := a.filter(words[i:], today)
		if err != nil {
			return a, err
		}
		if n == 0 {
			return a, askError{"ask_word", lang.Args{"Word": words[i]}}
		}
		i += n
	}
	return a, nil
}

var curly = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "’", "'")

var tokenPattern = regexp.MustCompile(`[^\s"]*"[^"]*"|\S+`)

// tokens are the words of a text. Quotes keep words together, and Slack makes
// them curly.
func tokens(text string) []string {
	list := tokenPattern.FindAllString(curly.Replace(reports.Clean(text)), -1)
	for i := range list {
		list[i] = strings.ReplaceAll(list[i], `"`, "")
	}
	return list
}

// commandOf takes the longest name of a command or a report off the words.
func commandOf(words []string) (string, []string, error) {
	for n := min(len(words), 6); n > 0; n-- {
		if name, ok := commandName(strings.Join(words[:n], " ")); ok {
			return name, words[n:], nil
		}
	}
	if len(words) == 0 {
		return defaultCommand, nil, nil
	}
	// A filter alone asks for the default.
	var a Ask
	if n, err := a.filter(words, "2025-01-01"); n > 0 || err != nil {
		return defaultCommand, words, nil
	}
	return "", nil, askError{"ask_unknown", lang.Args{"Word": words[0], "Near": nearest(words)}}
}

// commandName is the command that a name stands for: its own, or its title in
// any language.
func commandName(name string) (string, bool) {
	key := plainName(name)
	if c, ok := find(vocabulary, key); ok {
		return c.name, true
	}
	for i := range reports.Reports {
		for _, language := range lang.Languages {
			if plainName(lang.For(language).Title(&reports.Reports[i])) == key {
				return reports.Reports[i].Name, true
			}
		}
	}
	return "", false
}

func plainName(s string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(reports.NormaliseQuestion(strings.ReplaceAll(s, "-", " ")))
}

// nearest is the command that a person may have meant, or nothing.
func nearest(words []string) string {
	best, least := "", 3
	for n := 1; n <= min(len(words), 3); n++ {
		typed := plainName(strings.Join(words[:n], " "))
		for _, name := range CommandNames() {
			d := levenshtein.ComputeDistance(typed, name)
			if strings.HasPrefix(name, typed) && len(typed) >= 3 {
				d = 1
			}
			if d < least && d < len(name) {
				best, least = name, d
			}
		}
	}
	return best
}

// filter reads one filter at the beginning of words and returns how many words
// it took; 0 where there is none.
func (a *Ask) filter(words []string, today reports.Day) (int, error) {
	word := strings.ToLower(words[0])
	if key, value, ok := strings.Cut(words[0], ":"); ok {
		switch strings.ToLower(key) {
		case "channel", "canal":
			if value == "" {
				return 0, askError{"ask_channel", nil}
			}
			a.Channel = value
			return 1, nil
		case "page", "página", "pagina":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 100_000 {
				return 0, askError{"ask_word", lang.Args{"Word": words[0]}}
			}
			a.Page = n - 1
			return 1, nil
		case "definition", "definición", "definicion":
			d, err := reports.ParseDefinition(strings.ToLower(value))
			if err != nil {
				return 0, askError{"ask_definition", lang.Args{"Word": value}}
			}
			a.Definition = d.String()
			return 1, nil
		}
	}
	switch word {
	case "public", "público", "publico":
		a.Public = true
		return 1, nil
	}
	r, n, err := rangeOf(words, today)
	if err != nil || n == 0 {
		return n, err
	}
	if a.Range != (reports.Range{}) {
		return 0, askError{"ask_two_ranges", lang.Args{"Word": strings.Join(words[:n], " ")}}
	}
	a.Range = r
	return n, nil
}

// The words for spans of time. Values are in days, weeks or months.
var (
	lastWords = []string{"last", "past", "últimos", "últimas", "ultimos", "ultimas", "último", "última", "ultimo", "ultima"}
	thisWords = []string{"this", "este", "esta"}
	spanWords = map[string]byte{
		"day": 'd', "days": 'd', "día": 'd', "días": 'd', "dia": 'd', "dias": 'd',
		"week": 'w', "weeks": 'w', "semana": 'w', "semanas": 'w',
		"month": 'm', "months": 'm', "mes": 'm', "meses": 'm',
		"year": 'y', "years": 'y', "año": 'y', "años": 'y',
	}
	weekPattern  = regexp.MustCompile(`^\d{4}-[wW]\d{2}$`)
	yearPattern  = regexp.MustCompile(`^\d{4}$`)
	monthPattern = regexp.MustCompile(`^\d{4}-\d{2}$`)
)

// rangeOf reads a span of time at the beginning of words. Weeks are whole, and
// those of "last" are complete.
func rangeOf(words []string, today reports.Day) (reports.Range, int, error) {
	word := strings.ToLower(words[0])
	second := ""
	if len(words) > 1 {
		second = strings.ToLower(words[1])
	}
	bad := func() (reports.Range, int, error) {
		return reports.Range{}, 0, askError{"ask_range", lang.Args{"Word": words[0]}}
	}
	if from, to, ok := strings.Cut(word, ".."); ok {
		a, err := reports.ParseDay(from)
		b, err2 := reports.ParseDay(to)
		if err != nil || err2 != nil || b < a {
			return bad()
		}
		return reports.Range{From: a, To: b.Add(1)}, 1, nil
	}
	if d, err := reports.ParseDay(word); err == nil {
		return reports.Range{From: d, To: d.Add(1)}, 1, nil
	}
	if weekPattern.MatchString(word) {
		w, err := reports.ParseWeek(strings.ToUpper(word))
		if err != nil {
			return bad()
		}
		return w.Range(), 1, nil
	}
	if monthPattern.MatchString(word) {
		t, err := time.Parse("2006-01", word)
		if err != nil {
			return bad()
		}
		return months(t, 1), 1, nil
	}
	if m := monthOf(word); m > 0 {
		year, n := today.Date().Year(), 1
		if yearPattern.MatchString(second) {
			year, _ = strconv.Atoi(second)
			n = 2
		} else if m > today.Date().Month() {
			year-- // the last one that there was
		}
		return months(time.Date(year, m, 1, 0, 0, 0, 0, time.UTC), 1), n, nil
	}
	if slices.Contains(thisWords, word) && spanWords[second] != 0 {
		return this(spanWords[second], today), 2, nil
	}
	if slices.Contains(lastWords, word) {
		if spanWords[second] != 0 {
			return last(1, spanWords[second], today), 2, nil
		}
		if n, err := strconv.Atoi(second); err == nil && len(words) > 2 && spanWords[strings.ToLower(words[2])] != 0 {
			if n < 1 || n > 520 {
				return reports.Range{}, 0, askError{"ask_number", lang.Args{"Word": second}}
			}
			return last(n, spanWords[strings.ToLower(words[2])], today), 3, nil
		}
		return bad()
	}
	return reports.Range{}, 0, nil
}

func months(first time.Time, n int) reports.Range {
	return reports.Range{From: dayOf(first), To: dayOf(first.AddDate(0, n, 0))}
}

func dayOf(t time.Time) reports.Day { return reports.Day(t.Format(time.DateOnly)) }

// this is the current day, week, month or year, up to today.
func this(unit byte, today reports.Day) reports.Range {
	t := today.Date()
	from := today
	switch unit {
	case 'w':
		from = reports.WeekOf(t, time.UTC).Monday()
	case 'm':
		from = dayOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
	case 'y':
		from = dayOf(time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return reports.Range{From: from, To: today.Add(1)}
}

// last is the last n complete days, weeks, months or years.
func last(n int, unit byte, today reports.Day) reports.Range {
	t := today.Date()
	switch unit {
	case 'd':
		return reports.Range{From: today.Add(-n), To: today}
	case 'w':
		monday := reports.WeekOf(t, time.UTC).Monday()
		return reports.Range{From: monday.Add(-7 * n), To: monday}
	case 'm':
		return months(time.Date(t.Year(), t.Month()-time.Month(n), 1, 0, 0, 0, 0, time.UTC), n)
	}
	return months(time.Date(t.Year()-n, 1, 1, 0, 0, 0, 0, time.UTC), 12*n)
}

// monthOf is the month of a name or of its first letters, in any language.
func monthOf(word string) time.Month {
	if len(word) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		names := append([]string{strings.ToLower(m.String())}, spanishMonths[m-1])
		for _, name := range names {
			if word == name || word == name[:3] || word == "sept" && m == time.September {
				return m
			}
		}
	}
	return 0
}

var spanishMonths = []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
