package softphone

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// credentials answer challenges (RFC 8760, RFC 7616) and count on with a nonce as long as it is taken.
type credentials struct {
	user, secret string
	algorithm    string // "": the first offered that we can do
	forget       bool

	mu    sync.Mutex
	known map[string]*challenge // guarded by mu; by the name of the header that carries the answer
}

type challenge struct {
	digest.Challenge
	count int // uses of the nonce
}

// authorize adds an answer to each challenge known from earlier requests.
func (c *credentials) authorize(req *sip.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for header, ch := range c.known {
		if err := c.answer(req, header, ch); err != nil {
			return err
		}
	}
	if c.forget {
		c.known = nil
	}
	return nil
}

// challenged takes the challenge of a 401 or 407.
func (c *credentials) challenged(res *sip.Response) error {
	from, header := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		from, header = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, h := range res.GetHeaders(from) {
		ch, err := digest.ParseChallenge(h.Value())
		if err != nil {
			return fmt.Errorf("challenge %q: %w", h.Value(), err)
		}
		if !c.wants(ch) {
			continue
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.known == nil {
			c.known = make(map[string]*challenge)
		}
		c.known[header] = &challenge{Challenge: *ch}
		return nil
	}
	return errors.New("no challenge that the phone can answer")
}

func (c *credentials) wants(ch *digest.Challenge) bool {
	if !digest.CanDigest(ch) {
		return false
	}
	algorithm := ch.Algorithm
	if algorithm == "" {
		algorithm = "MD5" // RFC 7616 §3.3
	}
	return c.algorithm == "" || strings.EqualFold(c.algorithm, algorithm)
}

// answer is called with mu held.
func (c *credentials) answer(req *sip.Request, header string, ch *challenge) error {
	ch.count++
	cred, err := digest.Digest(&ch.Challenge, digest.Options{
		Method: req.Method.String(), URI: req.Recipient.String(),
		GetBody:  func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(req.Body())), nil },
		Count:    ch.count,
		Username: c.user, Password: c.secret,
	})
	if err != nil {
		return err
	}
	req.RemoveHeader(header)
	req.AppendHeader(sip.NewHeader(header, cred.String()))
	return nil
}
