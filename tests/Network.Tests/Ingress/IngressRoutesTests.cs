using Slipway.Api;

namespace Slipway.Network.Ingress;

public sealed class IngressRoutesTests
{
    [Theory]
    // The examples of Kubernetes' documentation: type, path, request, whether it matches.
    [InlineData("Prefix", "/", "/", true)]
    [InlineData("Prefix", "/", "/any/path", true)]
    [InlineData("Exact", "/foo", "/foo", true)]
    [InlineData("Exact", "/foo", "/bar", false)]
    [InlineData("Exact", "/foo", "/foo/", false)]
    [InlineData("Exact", "/foo/", "/foo", false)]
    [InlineData("Prefix", "/foo", "/foo", true)]
    [InlineData("Prefix", "/foo", "/foo/", true)]
    [InlineData("Prefix", "/foo/", "/foo", true)]
    [InlineData("Prefix", "/foo/", "/foo/", true)]
    [InlineData("Prefix", "/aaa/bb", "/aaa/bbb", false)]
    [InlineData("Prefix", "/aaa/bbb", "/aaa/bbb", true)]
    [InlineData("Prefix", "/aaa/bbb/", "/aaa/bbb", true)]
    [InlineData("Prefix", "/aaa/bbb", "/aaa/bbb/", true)]
    [InlineData("Prefix", "/aaa/bbb", "/aaa/bbb/ccc", true)]
    [InlineData("Prefix", "/aaa/bbb", "/aaa/bbbxyz", false)]
    [InlineData("Prefix", "/Foo", "/foo", false)]
    [InlineData("ImplementationSpecific", "", "/any", true)]
    [InlineData("ImplementationSpecific", "/api/*", "/api/v1", true)]
    [InlineData("ImplementationSpecific", "/api/*", "/apis", false)]
    public void Paths_match_by_their_type(string type, string path, string request, bool matches) =>
        Assert.Equal(matches, new IngressRoutes([MakeIngress.Of("a", Rule("", Path(type, path, "web")))]).Find("example.org", request) is not null);

    [Theory]
    [InlineData("/", "root")]
    [InlineData("/other", "root")]
    [InlineData("/api", "api")]
    [InlineData("/api/v2", "api")]
    [InlineData("/api/v1", "v1")]        // the longest
    [InlineData("/api/v1/x", "v1")]
    [InlineData("/api/v1/only", "only")] // exact before prefix
    [InlineData("/api/v1/only/", "only-below")]
    public void The_longest_path_counts(string request, string expected)
    {
        var routes = new IngressRoutes([MakeIngress.Of("a", Rule("", Path("Prefix", "/", "root"), Path("Prefix", "/api", "api"), Path("Prefix", "/api/v1", "v1"),
            Path("Exact", "/api/v1/only", "only"), Path("Prefix", "/api/v1/only", "only-below")))]);
        Assert.Equal(expected, routes.Find("example.org", request)!.Backend!.Value.Service.Name);
    }

    [Theory]
    [InlineData("bar.foo.com", "/", "bar")]
    [InlineData("BAR.foo.com", "/", "bar")]
    [InlineData("bar.foo.com.", "/", "bar")]
    [InlineData("other.foo.com", "/", "wild")]
    [InlineData("baz.bar.foo.com", "/", "any")]     // a wildcard is one label
    [InlineData("foo.com", "/", "any")]
    [InlineData("", "/", "any")]
    [InlineData("bar.foo.com", "/wild", "bar")]     // the most precise host before the longest path
    [InlineData("exact.foo.com", "/x", "exact")]
    [InlineData("exact.foo.com", "/y", "wild")]     // a rule matches with host and path
    public void The_most_precise_host_counts(string host, string path, string expected)
    {
        var routes = new IngressRoutes([MakeIngress.Of("a",
            Rule("", Path("Prefix", "/", "any")), Rule("*.foo.com", Path("Prefix", "/", "wild"), Path("Prefix", "/wild", "wild-path")),
            Rule("bar.foo.com", Path("Prefix", "/", "bar")), Rule("exact.foo.com", Path("Exact", "/x", "exact")))]);
        Assert.Equal(expected, routes.Find(host, path)!.Backend!.Value.Service.Name);
    }

    [Theory]
    [InlineData("shop.org", "/x", "x")]
    [InlineData("shop.org", "/y", "of-host")]
    [InlineData("other.org", "/y", "of-all")]
    public void Default_backends_take_what_no_rule_matches(string host, string path, string expected)
    {
        var routes = new IngressRoutes([
            MakeIngress.Of("with-host", $$""" "defaultBackend":{{Service("of-host")}},{{Rules(Rule("shop.org", Path("Exact", "/x", "x")))}} """),
            MakeIngress.Of("without", $$""" "defaultBackend":{{Service("of-all")}} """)]);
        Assert.Equal(expected, routes.Find(host, path)!.Backend!.Value.Service.Name);
    }

    [Theory]
    [InlineData("shop.org", "/x", "x")]
    [InlineData("shop.org", "/y", "old")]
    [InlineData("mail.org", "/y", "young")]
    [InlineData("other.org", "/y", "old")]
    public void A_default_backend_beside_rules_takes_other_hosts_too(string host, string path, string expected)
    {
        var routes = new IngressRoutes([
            MakeIngress.Of("young", $$""" "defaultBackend":{{Service("young")}},{{Rules(Rule("mail.org", Path("Exact", "/x", "x")))}} """, created: 2),
            MakeIngress.Of("old", $$""" "defaultBackend":{{Service("old")}},{{Rules(Rule("shop.org", Path("Exact", "/x", "x")))}} """, created: 1)]);
        Assert.Equal(expected, routes.Find(host, path)!.Backend!.Value.Service.Name);
        Assert.Empty(routes.Conflicts);
    }

    [Fact]
    public void The_oldest_ingress_keeps_a_path()
    {
        var routes = new IngressRoutes([
            MakeIngress.Of("young", Rule("a.org", Path("Prefix", "/", "second"), Path("Exact", "/", "third")), created: 2),
            MakeIngress.Of("old", Rule("a.org", Path("Prefix", "/", "first")), created: 1)]);
        Assert.Equal("first", routes.Find("a.org", "/x")!.Backend!.Value.Service.Name);
        Assert.Equal("third", routes.Find("a.org", "/")!.Backend!.Value.Service.Name);
        Assert.Equal((new ObjectKey("shop", "young"), "a.org", "/", new ObjectKey("shop", "old")), Assert.Single(routes.Conflicts));
    }

    [Fact]
    public void Backends_are_named_once_with_their_port()
    {
        var routes = new IngressRoutes([MakeIngress.Of("a", Rule("", Path("Prefix", "/", "web"), Path("Prefix", "/x", "web"),
            """{"path":"/y","pathType":"Prefix","backend":{"service":{"name":"web","port":{"name":"http"}}}}""",
            """{"path":"/z","pathType":"Prefix","backend":{"resource":{"kind":"Bucket","name":"b"}}}"""))]);
        Assert.Equal(["shop/web:80", "shop/web:http"], routes.Backends.Select(backend => $"{backend}").Order(StringComparer.Ordinal));
        Assert.Null(routes.Find("", "/z")!.Backend);
    }

    private static string Rule(string host, params string[] paths) => $$"""{"host":"{{host}}","http":{"paths":[{{string.Join(',', paths)}}]} }""";

    private static string Rules(params string[] rules) => $"\"rules\":[{string.Join(',', rules)}]";

    private static string Path(string type, string path, string service) => $$"""{"path":"{{path}}","pathType":"{{type}}","backend":{{Service(service)}}}""";

    private static string Service(string name) => $$"""{"service":{"name":"{{name}}","port":{"number":80} } }""";
}
