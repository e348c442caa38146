package delivery_test

import (
	"strings"
	"testing"
	"time"

	"agentreport/bot/delivery"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestScheduleNext(t *testing.T) {
	for _, tt := range []struct{ spec, zone, after, want string }{
		{"0 9 * * MON", "UTC", "2025-09-22T08:59:59Z", "2025-09-22T09:00:00Z"},
		{"0 9 * * MON", "UTC", "2025-09-22T09:00:00Z", "2025-09-29T09:00:00Z"},
		{"0 9 * * MON", "Europe/Madrid", "2025-10-20T12:00:00Z", "2025-10-27T08:00:00Z"},
		{"30 2 * * SUN", "Europe/Madrid", "2026-03-23T00:00:00Z", "2026-03-29T01:00:00Z"}, // skipped: the clocks go from 2 to 3
		{"30 2 * * SUN", "Europe/Madrid", "2025-10-20T00:00:00Z", "2025-10-26T00:30:00Z"}, // shown twice: the first
		{"30 2 * * SUN", "Europe/Madrid", "2025-10-26T00:30:00Z", "2025-11-02T01:30:00Z"}, // and not the second
		{"0 0 * * MON", "Pacific/Auckland", "2025-09-21T00:00:00Z", "2025-09-21T12:00:00Z"},
	} {
		after, err := time.Parse(time.RFC3339, tt.after)
		if err != nil {
			t.Fatal(err)
		}
		// Auckland's Monday begins before the week has ended in UTC.
		s, err := delivery.ParseSchedule(tt.spec, zone(t, tt.zone), zone(t, "Pacific/Kiritimati"), after)
		if err != nil {
			t.Fatalf("%s in %s: %v", tt.spec, tt.zone, err)
		}
		if got := s.Next(after).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("%s in %s after %s: %s; want %s", tt.spec, tt.zone, tt.after, got, tt.want)
		}
	}
}

func TestScheduleRefused(t *testing.T) {
	now := time.Date(2025, 9, 24, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ spec, zone, reporting, want string }{
		{"0 9 * * MON", "UTC", "UTC", ""},
		{"0 9 * * *", "UTC", "UTC", "more than once a week"},
		{"0 9,18 * * MON", "UTC", "UTC", "more than once a week"},
		{"0 9 1 * *", "UTC", "UTC", "does not fire every week"},
		{"0 9 * 1-6 MON", "UTC", "UTC", "does not fire every week"},
		{"0 9 * * 8", "UTC", "UTC", "five cron fields"},
		{"weekly", "UTC", "UTC", "five cron fields"},
		{"TZ=Asia/Tokyo 0 9 * * MON", "UTC", "UTC", "zone of its own"},
		{"0 0 * * MON", "Europe/Madrid", "UTC", "has ended"},
		{"0 3 * * MON", "Europe/Madrid", "UTC", ""},
	} {
		_, err := delivery.ParseSchedule(tt.spec, zone(t, tt.zone), zone(t, tt.reporting), now)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s in %s: %v; want %q", tt.spec, tt.zone, err, tt.want)
		}
	}
	s, err := delivery.ParseSchedule("0 9 * * SUN", time.UTC, time.UTC, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Week(time.Date(2025, 9, 28, 9, 0, 0, 0, time.UTC)); got != "2025-W38" {
		t.Errorf("a digest on Sunday 28 September reports %s; want the week before, 2025-W38", got)
	}
}

// TestDayAndTime holds that a plain schedule is a day and a time, and back.
func TestDayAndTime(t *testing.T) {
	for spec, want := range map[string]string{"0 9 * * MON": "09:00 Monday", "30 17 * * 5": "17:30 Friday", "5 0 * * sun": "00:05 Sunday", "0 9 1 * MON": "", "*/5 9 * * MON": "", "0 9 * *": ""} {
		day, at, ok := delivery.DayAndTime(spec)
		if got := at + " " + day.String(); ok != (want != "") || ok && got != want {
			t.Errorf("delivery.DayAndTime(%q) = %q, %v; want %q", spec, got, ok, want)
		}
		if !ok {
			continue
		}
		back, err := delivery.Weekly(day, at)
		if d, a, _ := delivery.DayAndTime(back); err != nil || d != day || a != at {
			t.Errorf("delivery.Weekly(%s, %s) = %q, %v", day, at, back, err)
		}
	}
}
