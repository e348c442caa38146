package bot

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestParseAsk(t *testing.T) {
	now := time.Date(2025, 9, 24, 12, 0, 0, 0, time.UTC) // a Wednesday, in week 39
	for _, tt := range []struct{ text, want string }{
		{"", "impact"},
		{"  IMPACT ", "impact"},
		{"resolution rate", "resolution-rate"},
		{"Resolution_Rate last 8 weeks", "resolution-rate 2025-07-28..2025-09-21"},
		{"Conversations handled by channel", "channels"},
		{"Informe", "error ask_unknown"},
		{"last week", "impact 2025-09-15..2025-09-21"},
		{"rates this week", "rates 2025-09-22..2025-09-24"},
		{"rates últimas 2 semanas canal:email definición:durable público", "rates 2025-09-08..2025-09-21 channel:email definition:durable public"},
		{"rates este mes", "rates 2025-09-01..2025-09-24"},
		{"rates last 30 days", "rates 2025-08-25..2025-09-23"},
		{"rates last 2 months", "rates 2025-07-01..2025-08-31"},
		{"rates last year", "rates 2024-01-01..2024-12-31"},
		{"rates this year", "rates 2025-01-01..2025-09-24"},
		{"handled sep 2025", "handled 2025-09-01..2025-09-30"},
		{"handled enero 2025", "handled 2025-01-01..2025-01-31"},
		{"handled december", "handled 2024-12-01..2024-12-31"},
		{"handled 2025-W38", "handled 2025-09-15..2025-09-21"},
		{"handled 2025-02", "handled 2025-02-01..2025-02-28"},
		{"handled 2025-09-01..2025-09-30", "handled 2025-09-01..2025-09-30"},
		{"handled 2025-09-01", "handled 2025-09-01..2025-09-01"},
		{"channel:email", "impact channel:email"},
		{`handled channel:“live chat” public`, `handled channel:"live chat" public`},
		{"handled channel:", "error ask_channel"},
		{"handled definition:loose", "error ask_definition"},
		{"handled 2025-09-30..2025-09-01", "error ask_range"},
		{"handled 2025-W99", "error ask_range"},
		{"handled last 0 weeks", "error ask_number"},
		{"handled last 999 weeks", "error ask_number"},
		{"handled last many weeks", "error ask_range"},
		{"handled last week this week", "error ask_two_ranges"},
		{"handled quickly", "error ask_word"},
		{"resolutoin-rate", "error ask_unknown near resolution-rate"},
		{"feedbak last week", "error ask_unknown near feedback"},
		{"reso", "error ask_unknown near resolution-rate"},
		{"<!channel>", "error ask_unknown near channels"},
		{"x", "error ask_unknown"},
	} {
		a, err := parseAsk(tt.text, now, time.UTC)
		got := a.String()
		var e askError
		if errors.As(err, &e) {
			got = "error " + e.id
			if near, _ := e.args["Near"].(string); near != "" {
				got += " near " + near
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if got != tt.want {
			t.Errorf("parseAsk(%q) = %q; want %q", tt.text, got, tt.want)
		}
		if err == nil {
			again, err := parseAsk(got, now.AddDate(0, 3, 0), time.UTC)
			if err != nil || again != a {
				t.Errorf("parseAsk(%q) = %+v, %v; want what it was made of, %+v", got, again, err, a)
			}
		}
	}
}

func FuzzParseAsk(f *testing.F) {
	f.Add("rates last 8 weeks channel:email")
	f.Add("últimas 3 semanas")
	f.Add(`channel:"a b" 2025-02-30..2025-03-01`)
	now := time.Date(2025, 9, 24, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAsk(text, now, time.UTC)
		var e askError
		switch {
		case errors.As(err, &e):
		case err != nil:
			t.Errorf("parseAsk(%q): %v; want an error that a person can read", text, err)
		default:
			if again, err := parseAsk(a.String(), now, time.UTC); err != nil || again != a {
				t.Errorf("parseAsk(%q) = %+v; its text %q gives %+v, %v", text, a, a.String(), again, err)
			}
		}
	})
}

// TestReadmeCommands parses what the README says that one can type.
func TestReadmeCommands(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(page)) {
		typed, ok := strings.CutPrefix(line, CommandName+" ")
		if !ok {
			continue
		}
		n++
		typed, _, _ = strings.Cut(typed, "   ")
		if _, err := parseAsk(typed, time.Now(), time.UTC); err != nil {
			t.Errorf("%s %s: %v", CommandName, strings.TrimSpace(typed), err)
		}
	}
	if n < 10 {
		t.Errorf("%d commands; the test misses some", n)
	}
}
