package reports_test

import (
	"testing"
	"time"

	"agentreport/reports"
)

func TestWeeks(t *testing.T) {
	for _, tt := range []struct {
		day  reports.Day
		week reports.Week
	}{
		{"2025-09-22", "2025-W39"},
		{"2025-09-28", "2025-W39"},
		{"2025-12-29", "2026-W01"},
		{"2021-01-03", "2020-W53"},
		{"2024-12-30", "2025-W01"},
		{"2000-01-01", "1999-W52"},
	} {
		if got := tt.day.Week(); got != tt.week {
			t.Errorf("%s.Week() = %s; want %s", tt.day, got, tt.week)
		}
		if got := tt.week.Monday().Week(); got != tt.week {
			t.Errorf("%s.Monday().Week() = %s", tt.week, got)
		}
	}
	if got := reports.Week("2020-W53").Add(1); got != "2021-W01" {
		t.Errorf("the week after 2020-W53 is %s; want 2021-W01", got)
	}
	for _, bad := range []string{"", "2025-W00", "2025-W53", "2025-W1", "2025-39", "25-W39", "2025-W39x"} {
		if w, err := reports.ParseWeek(bad); err == nil {
			t.Errorf("ParseWeek(%q) = %s; want an error", bad, w)
		}
	}
	for _, bad := range []string{"", "2025-02-30", "2025-9-1", "yesterday"} {
		if d, err := reports.ParseDay(bad); err == nil {
			t.Errorf("ParseDay(%q) = %s; want an error", bad, d)
		}
	}
}

func TestZones(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, tt := range []struct {
		zone  string
		week  reports.Week
		hours float64
	}{
		{"UTC", "2026-W13", 168},
		{"Europe/Madrid", "2026-W13", 167},
		{"Europe/Madrid", "2025-W43", 169},
		{"Australia/Lord_Howe", "2026-W14", 168.5},
		{"Pacific/Apia", "2011-W52", 144}, // no 30 December 2011
	} {
		l := zone(tt.zone)
		if got := tt.week.End(l).Sub(tt.week.Start(l)).Hours(); got != tt.hours {
			t.Errorf("%s in %s has %v hours; want %v", tt.week, tt.zone, got, tt.hours)
		}
	}
	// In São Paulo the clocks went from midnight to one.
	start := reports.Day("2018-11-04").Start(zone("America/Sao_Paulo"))
	if got := start.UTC().Format(time.RFC3339); got != "2018-11-04T03:00:00Z" {
		t.Errorf("4 November 2018 began in São Paulo at %s; want 03:00 UTC", got)
	}
}
