package sources

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Request is what a system sent: its raw body, since that is what was signed.
type Request struct {
	Method string
	Path   string // with the query
	Header http.Header
	Body   []byte
}

// ErrSignature is what an error wraps where a request is not from its system.
var ErrSignature = errors.New("the signature is wrong")

// maxSkew is how old, or how far in the future, a signed request may be.
const maxSkew = 5 * time.Minute

// Verify holds a request to the system's signature. Its error wraps ErrSignature, and says
// which setting to look at.
func (c *Config) Verify(r *Request) error {
	if c.Secret == "" {
		return fmt.Errorf("%w: %s is not set", ErrSignature, c.Variable("SECRET"))
	}
	if err := c.verify(r, c); err != nil {
		return fmt.Errorf("%w: %w; is %s that of the app which sends?", ErrSignature, err, c.Variable("SECRET"))
	}
	return nil
}

func (c *Config) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// fresh holds a timestamp to the clock.
func (c *Config) fresh(at time.Time) error {
	if age := c.now().Sub(at); age > maxSkew || age < -maxSkew {
		return fmt.Errorf("it was signed at %s, which is not now: is this machine's clock right", at.UTC().Format(time.RFC3339))
	}
	return nil
}

var (
	errNoSignature    = errors.New("there is none")
	errWrongSignature = errors.New("it is of another body or secret")
)

// intercomSigned holds a body to X-Hub-Signature: sha1= and the hex HMAC-SHA1 of the body.
func intercomSigned(r *Request, c *Config) error {
	given, ok := strings.CutPrefix(r.Header.Get("X-Hub-Signature"), "sha1=")
	if !ok {
		return errNoSignature
	}
	have, err := hex.DecodeString(given)
	if err != nil {
		return errWrongSignature
	}
	mac := hmac.New(sha1.New, []byte(c.Secret))
	mac.Write(r.Body)
	if !hmac.Equal(have, mac.Sum(nil)) {
		return errWrongSignature
	}
	return nil
}

// hubspotSigned holds a request to X-HubSpot-Signature-v3: the base64 HMAC-SHA256 of the
// method, the address that HubSpot called with some characters decoded, the body, and the
// timestamp in milliseconds.
func hubspotSigned(r *Request, c *Config) error {
	given := r.Header.Get("X-HubSpot-Signature-v3")
	if given == "" {
		return errNoSignature
	}
	if c.PublicURL == "" {
		return fmt.Errorf("%s is not set: HubSpot signs the address that it calls", c.Variable("PUBLIC_URL"))
	}
	stamp := r.Header.Get("X-HubSpot-Request-Timestamp")
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errors.New("X-HubSpot-Request-Timestamp is no time in milliseconds")
	}
	have, err := base64.StdEncoding.DecodeString(given)
	if err != nil {
		return errWrongSignature
	}
	address := strings.TrimSuffix(c.PublicURL, "/") + r.Path
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write([]byte(r.Method + hubspotDecoded(address) + string(r.Body) + stamp))
	if !hmac.Equal(have, mac.Sum(nil)) {
		return errWrongSignature
	}
	return c.fresh(time.UnixMilli(ms))
}

// hubspotDecoded decodes the characters that HubSpot decodes before it signs an address.
var hubspotDecoder = func() *strings.Replacer {
	var pairs []string
	for _, r := range ":/?#[]@!$'()*,;" {
		pairs = append(pairs, url.QueryEscape(string(r)), string(r), strings.ToLower(url.QueryEscape(string(r))), string(r))
	}
	return strings.NewReplacer(pairs...)
}()

func hubspotDecoded(address string) string { return hubspotDecoder.Replace(address) }
