from __future__ import annotations

import ipaddress

import pytest

from tropeiro.executors.addresses import AllowedHosts, why_refused
from tropeiro.executors.targets import read_target
from tropeiro.kernel.errors import InvalidInput
from tropeiro.ports.network import RequestError

NOBODY = AllowedHosts()

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]

PUBLIC = ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8"]

HOSTILE = [
    ("http://127.0.0.1/", "address_refused"),
    ("http://127.1/", "invalid_url"),
    ("http://0/", "invalid_url"),
    ("http://2130706433/", "invalid_url"),
    ("http://0x7f000001/", "invalid_url"),
    ("http://0x7f.0.0.1/", "invalid_url"),
    ("http://127.0.0.0x1/", "invalid_url"),
    ("http://0177.0.0.1/", "invalid_url"),
    ("http://127.0.0.1./", "address_refused"),
    ("http://1.2.3.4.5/", "invalid_url"),
    ("http://[::1]/", "address_refused"),
    ("http://[::]/", "address_refused"),
    ("http://[::ffff:127.0.0.1]/", "address_refused"),
    ("http://[0:0:0:0:0:ffff:7f00:1]/", "address_refused"),
    ("http://[64:ff9b::7f00:1]/", "address_refused"),
    ("http://[2002:7f00:1::]/", "address_refused"),
    ("http://[fe80::1%25eth0]/", "address_refused"),
    ("http://169.254.169.254/latest/meta-data/", "address_refused"),
    ("http://①②⑦.⓪.⓪.①/", "invalid_url"),
    ("http://１２７.0.0.1/", "invalid_url"),
    ("http://127。0。0。1/", "address_refused"),
    ("http://user:password@example.com/", "invalid_url"),
    ("http://@example.com/", "invalid_url"),
    ("http://example.com\\@127.0.0.1/", "invalid_url"),
    ("http://example.com%2f@127.0.0.1/", "invalid_url"),
    ("http://127.0.0.1%2f.example.com/", "invalid_url"),
    ("http://example.com#@127.0.0.1/", None),
    ("http://ex%61mple.com/", "invalid_url"),
    ("http://exam ple.com/", "invalid_url"),
    ("http://example.com:+80/", "invalid_url"),
    ("http://example.com:８０/", "invalid_url"),
    ("http://example.com:80:90/", "invalid_url"),
    ("http://example.com:99999/", "invalid_url"),
    ("http://example.com:0/", "port_refused"),
    ("http://example.com:25/", "port_refused"),
    ("http://example.com:6379/", "port_refused"),
    ("http://example.com\r\nHost: internal/", "invalid_url"),
    ("http://example.com/\x00", "invalid_url"),
    ("http:///path", "invalid_url"),
    ("http:example.com", "invalid_url"),
    ("//example.com/", "invalid_url"),
    ("/path", "invalid_url"),
    ("", "invalid_url"),
    (" http://example.com/", "invalid_url"),
    ("ftp://example.com/", "invalid_url"),
    ("file:///etc/passwd", "invalid_url"),
    ("gopher://example.com:70/", "invalid_url"),
    ("unix:///var/run/docker.sock", "invalid_url"),
    ("http://" + "a" * 300 + "/", "invalid_url"),
    ("http://a..b/", "invalid_url"),
    ("http://-a.com/", "invalid_url"),
    ("http://example.com/" + "a" * 8_000, "invalid_url"),
    ("http://example.com/a b?q=é", None),
    ("https://bücher.example/", None),
    ("HTTPS://EXAMPLE.COM:443", None),
    ("http://[2606:4700::1111]:8080/", None),
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert why_refused(ipaddress.ip_address(text)) is not None


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_allowed(text: str) -> None:
    assert why_refused(ipaddress.ip_address(text)) is None


@pytest.mark.parametrize(("url", "code"), HOSTILE)
def test_a_hostile_url_is_refused_before_anything_is_sent(url: str, code: str | None) -> None:
    if code is None:
        assert read_target(url, NOBODY).port > 0
        return
    with pytest.raises(RequestError) as refused:
        read_target(url, NOBODY)
    assert refused.value.code == code
    assert not refused.value.retryable
    assert len(refused.value.message) < 400


def test_a_refused_address_names_the_setting_that_allows_it() -> None:
    with pytest.raises(RequestError, match=r"a link-local address.*add 169\.254\.169\.254:80 to TROPEIRO_ALLOWED"):
        read_target("http://169.254.169.254/", NOBODY)


def test_an_allowed_host_is_allowed_on_its_port_only() -> None:
    allowed = AllowedHosts.parse(["127.0.0.1:9100", "[::1]:80", "Files.Internal", "*.corp"])
    assert allowed.names("127.0.0.1", 9100)
    assert not allowed.names("127.0.0.1", 9101)
    assert allowed.names("::1", 80)
    assert allowed.names("files.internal", 8443)
    assert not allowed.names("files.internal", 6379)
    assert allowed.names("a.corp", 80)
    assert not allowed.names("corp", 80)
    assert not allowed.names("evilcorp", 80)
    assert read_target("http://FILES.internal./x", allowed).host == "files.internal"


@pytest.mark.parametrize("text", ["", "*", "a b", "host:0", "host:99999", "http://host", "host/path", "[::1"])
def test_an_entry_that_is_not_a_host_cannot_be_allowed(text: str) -> None:
    with pytest.raises(InvalidInput):
        AllowedHosts.parse([text])
