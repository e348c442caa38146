package bot

import "testing"

func TestResponseHost(t *testing.T) {
	for _, tt := range []struct {
		url, api string
		want     bool
	}{
		{"https://hooks.slack.com/commands/T1/2/x", "", true},
		{"https://hooks.slack.com/commands/T1/2/x", "https://slack.com/api/", true},
		{"https://hooks.slack-gov.com/commands/T1/2/x", "https://slack-gov.com/api", true},
		{"https://hooks.slack-gov.com/commands/T1/2/x", "", false},
		{"https://hooks.slack.com/commands/T1/2/x", "https://slack-gov.com/api/", false},
		{"http://hooks.slack.com/commands/T1/2/x", "", false},
		{"https://hooks.slack.com:8443/x", "", false},
		{"https://hooks.slack.com.evil.example/x", "", false},
		{"https://evil.example/hooks.slack.com", "", false},
		{"https://hooks.slack.com@evil.example/x", "", false},
		{"http://127.0.0.1:4000/response/x", "http://127.0.0.1:4000/api/", true},
		{"http://127.0.0.1:4001/response/x", "http://127.0.0.1:4000/api/", false},
		{"http://169.254.169.254/latest/meta-data", "http://127.0.0.1:4000/api/", false},
		{"::", "", false},
		{"", "", false},
	} {
		if got := responseHost(tt.url, tt.api); got != tt.want {
			t.Errorf("responseHost(%q, %q) = %v; want %v", tt.url, tt.api, got, tt.want)
		}
	}
}

func TestCheckAPI(t *testing.T) {
	for address, want := range map[string]bool{
		"https://slack.com/api/": true, "https://slack-gov.com/api": true, "http://127.0.0.1:4000/api": true, "http://[::1]:4000/api": true, "http://localhost:4000": true,
		"http://slack.com/api/": false, "http://10.0.0.1/api": false, "http://localhost.evil.example/api": false, "ftp://127.0.0.1": false, "slack.com": false, "": false,
	} {
		if got := CheckAPI(address); got != want {
			t.Errorf("CheckAPI(%q) = %v; want %v", address, got, want)
		}
	}
}
