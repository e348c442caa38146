package bot

import (
	"cmp"
	"net"
	"net/url"
	"strings"

	"github.com/slack-go/slack"
)

// responseHost reports whether a response URL leads where Slack's do: to hooks. and
// the domain of the Web API over TLS, or to the very host of a stand-in. Nothing else
// is sent what people asked for.
func responseHost(address, api string) bool {
	to, err := url.Parse(address)
	if err != nil {
		return false
	}
	of, err := url.Parse(cmp.Or(api, slack.APIURL))
	if err != nil {
		return false
	}
	if domain := of.Hostname(); domain == "slack.com" || domain == "slack-gov.com" {
		return to.Scheme == "https" && to.Host == "hooks."+domain
	}
	return to.Scheme == of.Scheme && to.Host == of.Host
}

// CheckAPI reports whether an address may be Slack's Web API, or a stand-in's: over
// plain HTTP a token goes to this machine alone.
func CheckAPI(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || strings.EqualFold(u.Scheme, "http") && loopback
}
