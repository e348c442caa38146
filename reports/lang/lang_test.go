package lang_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"agentreport/reports"
	"agentreport/reports/lang"
)

func catalogue(t *testing.T, language string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if _, err := toml.DecodeFile("active."+language+".toml", &m); err != nil {
		t.Fatal(err)
	}
	return m
}

var gap = regexp.MustCompile(`\{\{\.\w+\}\}`)

// TestCataloguesMatch finds a message that one language lacks, or whose gaps
// differ.
func TestCataloguesMatch(t *testing.T) {
	en, es := catalogue(t, "en"), catalogue(t, "es")
	for id, m := range en {
		other, ok := es[id]
		if !ok {
			t.Errorf("%s is not in Spanish", id)
			continue
		}
		a, plain := m.(string)
		b, _ := other.(string)
		if plain && strings.Join(gap.FindAllString(a, -1), "") != strings.Join(gap.FindAllString(b, -1), "") && len(gap.FindAllString(a, -1)) != len(gap.FindAllString(b, -1)) {
			t.Errorf("%s: %q and %q have other gaps", id, a, b)
		}
	}
	for id := range es {
		if _, ok := en[id]; !ok {
			t.Errorf("%s is in Spanish only", id)
		}
	}
}

// TestMessagesExist looks up every id that the program names.
func TestMessagesExist(t *testing.T) {
	known := catalogue(t, "en")
	call := regexp.MustCompile(`\.(?:T|Count)\("([a-z_0-9]+)"[,)]`)
	for _, dir := range []string{".", "../chart", "../../bot", "../../bot/views", "../../cmd/agent-report"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range call.FindAllStringSubmatch(string(b), -1) {
				if _, ok := known[m[1]]; !ok {
					t.Errorf("%s says %q, which is in no catalogue", f, m[1])
				}
			}
		}
	}
	for _, l := range lang.Languages {
		p := lang.For(l)
		for i := range reports.Reports {
			r := &reports.Reports[i]
			if strings.HasPrefix(p.Title(r), "report_") || strings.HasPrefix(p.Help(r), "help_") {
				t.Errorf("report %s has no title or help in %s", r.Name, l)
			}
			for _, c := range r.Columns {
				if p.Column(c) == c.Name {
					t.Errorf("column %s has no title in %s", c.Name, l)
				}
			}
		}
	}
}

func TestNumbersAndDates(t *testing.T) {
	week := reports.Week("2025-W38").Range()
	at := time.Date(2025, 9, 18, 14, 0, 0, 0, time.UTC)
	for language, want := range map[string][]string{
		"en":    {"1,234", "57\u202f%", "1\u202f%", "99\u202f%", "3 m 12 s", "2 d 1 h", "54–57\u202f%", "3 of 7", "15–21 Sep 2025", "29 Sep – 5 Oct 2025", "Thu 18 Sep 2025, 14:00", "Thu 18 Sep, 14:00", "Thu 18 Sep 2025, 14:00"},
		"es-MX": {"1\u00a0234", "57\u202f%", "1\u202f%", "99\u202f%", "3 m 12 s", "2 d 1 h", "54–57\u202f%", "3 de 7", "15–21 sept 2025", "29 sept – 5 oct 2025", "jue 18 sept 2025, 14:00", "jue 18 sept, 14:00", "jue 18 sept 2025, 14:00"},
	} {
		p, err := lang.New(language)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{
			p.Number(1234), p.Percent(57), p.Value(reports.Value{Unit: reports.Rate, N: 1, D: 10_000}), p.Value(reports.Value{Unit: reports.Rate, N: 9_999, D: 10_000}),
			p.Duration(3*time.Minute + 12*time.Second), p.Duration(49 * time.Hour),
			p.Value(reports.Value{Unit: reports.Rate, N: 54, D: 100, Open: 3}), p.Value(reports.Value{Unit: reports.Rate, N: 3, D: 7}),
			p.Period(week), p.Period(reports.Week("2025-W40").Range()), p.Moment(at, time.UTC),
			p.MomentNear(at, at.AddDate(0, 1, 0), time.UTC), p.MomentNear(at, at.AddDate(0, 6, 0), time.UTC),
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q; want %q", language, got[i], want[i])
			}
		}
	}
	if _, err := lang.New("fr"); err == nil {
		t.Error("French: want an error")
	}
}
