using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Serving;
using Slipway.ApiServer.Subresources.Connections;

namespace Slipway.ApiServer.Tests.Connections;

public sealed class ConnectionRulesTests
{
    [Theory]
    [InlineData("/api/v1/namespaces/n/pods/p/exec", true, "exec", "")]
    [InlineData("/api/v1/namespaces/n/pods/p/attach", true, "attach", "")]
    [InlineData("/api/v1/namespaces/n/pods/p/portforward", true, "portforward", "")]
    [InlineData("/api/v1/namespaces/n/pods/p/exec/more", false, "exec/more", "")]
    [InlineData("/api/v1/namespaces/n/pods/p/log", false, "log", "")]
    [InlineData("/api/v1/namespaces/n/pods/exec", false, "", "")]
    [InlineData("/api/v1/namespaces/n/pods/p:80/proxy", true, "proxy", "")]
    [InlineData("/api/v1/namespaces/n/pods/p:80/proxy/", true, "proxy", "/")]
    [InlineData("/api/v1/namespaces/n/services/https:s:http/proxy/a//b%2Fc/", true, "proxy", "/a//b%2Fc/")]
    [InlineData("/api/v1/nodes/m/proxy/healthz", true, "proxy", "/healthz")]
    [InlineData("/apis/apps/v1/namespaces/n/deployments/d/proxy", false, "proxy", "")]
    [InlineData("/apis/example.com/v1/namespaces/n/pods/d/exec", false, "exec", "")]
    public void Paths_of_connections_are_known(string path, bool isConnection, string subresource, string rest)
    {
        var parsed = RequestPath.Parse(path);
        Assert.Equal((isConnection, subresource, rest), (parsed.IsConnection, parsed.Subresource, parsed.Rest));
        Assert.Equal(isConnection, PassedOn.Concerns(path));
        Assert.Equal(isConnection, PassedOn.Concerns(path + "?stdin=true"));
    }

    [Theory]
    [InlineData("exec", "command=ls&command=-l&stdout=true&stderr=1", "/exec/n/p/a?command=ls&command=-l&output=1&error=1")]
    [InlineData("exec", "command=echo&command=a%20b%26c&stdin=true&tty=true&container=b", "/exec/n/p/b?command=echo&command=a%20b%26c&input=1&tty=1")]
    [InlineData("exec", "command=ls&stdout=false", "you must specify at least 1 of stdin, stdout, stderr")]
    [InlineData("exec", "stdout=true", "the parameter command is missing: it says what to run, once for each word")]
    [InlineData("exec", "command=ls&stdout=true&container=x", "container x is not valid for pod p")]
    [InlineData("exec", "command=ls&stdout=true&container=debug", "/exec/n/p/debug?command=ls&output=1")]
    [InlineData("attach", "stdin=true&stdout=true&command=ls", "/attach/n/p/a?input=1&output=1")]
    [InlineData("portforward", "", "/portForward/n/p")]
    [InlineData("portforward", "ports=80,8080&ports=9", "/portForward/n/p?port=80&port=8080&port=9")]
    [InlineData("portforward", "ports=http", "the parameter ports=http is not a port from 1 to 65535")]
    [InlineData("portforward", "ports=0", "the parameter ports=0 is not a port from 1 to 65535")]
    public void Options_become_a_request_to_the_node(string subresource, string query, string expected)
    {
        var pod = JsonNode.Parse("""
            {"metadata":{"name":"p","namespace":"n","annotations":{"kubectl.kubernetes.io/default-container":"a"}},
             "spec":{"containers":[{"name":"a"},{"name":"b"}],"ephemeralContainers":[{"name":"debug"}]}}
            """)!.AsObject();
        string target;
        try
        {
            target = StreamOptions.Target(subresource, pod, StreamOptions.Read(subresource, Query.Parse(query)));
        }
        catch (ApiException refusal)
        {
            Assert.Equal(400, refusal.Code);
            target = refusal.Message;
        }
        Assert.Equal(expected, target);
    }

    [Theory]
    [InlineData("p", "http", "p", "")]
    [InlineData("p:80", "http", "p", "80")]
    [InlineData("p:web", "http", "p", "web")]
    [InlineData("https:p:", "https", "p", "")]
    [InlineData("https:p:443", "https", "p", "443")]
    [InlineData(":p:443", "http", "p", "443")]
    public void Names_of_proxies(string text, string scheme, string name, string port) => Assert.Equal(new ProxyName(scheme, name, port), ProxyName.Parse(text));

    [Theory]
    [InlineData("ftp:p:21")]
    [InlineData("p:")]
    [InlineData("a:b:c:d")]
    public void Names_that_are_none(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => ProxyName.Parse(text)).Code);

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("fd00::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("2001:db8::1", true)]
    public void No_proxy_leads_into_the_machine(string address, bool allowed) => Assert.Equal(allowed, OutboundAddress.IsAllowed(IPAddress.Parse(address)));

    [Theory]
    [InlineData("/login?x=1", "/proxy/login?x=1")]
    [InlineData("login", "login")]
    [InlineData("//elsewhere/x", "//elsewhere/x")]
    [InlineData("http://10.0.0.1:8080/a?b#c", "/proxy/a?b#c")]
    [InlineData("http://10.0.0.2:8080/a", "http://10.0.0.2:8080/a")]
    [InlineData("https://example.com/", "https://example.com/")]
    public void Redirections_stay_below_the_proxy(string location, string expected) =>
        Assert.Equal(expected, ProxyHeaders.Location(location, new Uri("http://10.0.0.1:8080/x"), "/proxy"));

    [Theory]
    [InlineData("<a href=\"/x\">/x</a>", "<a href=\"/P/x\">/x</a>")]
    [InlineData("<A class='/k' HREF = '/x'>", "<A class='/k' HREF = '/P/x'>")]
    [InlineData("<img src=/i.png><form action=/>", "<img src=/P/i.png><form action=/P/>")]
    [InlineData("<a href=\"//host/x\"><a href=\"x/y\"><a href=\"http://h/\"><a href=\"\">", "<a href=\"//host/x\"><a href=\"x/y\"><a href=\"http://h/\"><a href=\"\">")]
    [InlineData("<script src=\"/s.js\">if (a<b) x=\"</b>\", x.href=\"/y\"; </script><a href=\"/z\">", "<script src=\"/P/s.js\">if (a<b) x=\"</b>\", x.href=\"/y\"; </script><a href=\"/P/z\">")]
    [InlineData("<!DOCTYPE html><link rel=icon href=\"/i\"/>1 < 2 href=\"/no\"", "<!DOCTYPE html><link rel=icon href=\"/P/i\"/>1 < 2 href=\"/no\"")]
    [InlineData("<a href=\"/", "<a href=\"/P/")]
    public void Links_of_pages_stay_below_the_proxy(string page, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(page);
        for (var split = 0; split <= bytes.Length; split++)
        {
            var (links, output) = (new HtmlLinks("/P"), new ArrayBufferWriter<byte>());
            links.Take(bytes.AsSpan(0, split), output);
            links.Take(bytes.AsSpan(split), output);
            links.End(output);
            Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }

    [Fact]
    public void The_server_does_not_learn_who_the_client_is_to_us()
    {
        var request = new ApiRequest("GET", "/api/v1/namespaces/n/pods/p/proxy/x")
        {
            SourceAddress = "192.0.2.7",
            Headers =
            [
                new("Accept", "text/html"), new("Authorization", "Bearer secret"), new("Impersonate-User", "root"), new("Connection", "keep-alive, X-Hop"),
                new("X-Hop", "1"), new("TE", "trailers"), new("Cookie", "a=b"), new("X-Forwarded-For", "198.51.100.1"), new(":path", "/"),
            ],
        };
        Assert.Equal(
            ["Accept: text/html", "Cookie: a=b", "X-Forwarded-For: 198.51.100.1, 192.0.2.7", "X-Forwarded-Uri: /api/v1/namespaces/n/pods/p/proxy/x"],
            ProxyHeaders.OfRequest(request).Select(h => $"{h.Key}: {h.Value}"));
        Assert.Contains(new("Upgrade", "websocket"), ProxyHeaders.OfRequest(request with { Upgrade = "websocket" }));
    }
}
