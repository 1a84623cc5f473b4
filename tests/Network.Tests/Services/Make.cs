using System.Text;

namespace Slipway.Network.Services;

/// <summary>Services and slices for tables.</summary>
internal static class Make
{
    public static readonly ProxyFacts Facts = new("here");

    public static readonly ClusterNetwork Network = new("demo", "3f2a", Ipv4Range.Parse("10.128.0.0/20"), Ipv4Range.Parse("10.128.16.0/20"));

    public static ServiceView Service(string spec, string metadata = "\"name\":\"web\"", string status = "{}") => NetworkKinds.Services.Read(Encoding.UTF8.GetBytes(
        $$"""{"metadata":{"namespace":"shop",{{metadata}} },"spec":{{spec}},"status":{{status}} }"""));

    /// <summary>A slice with one endpoint for each text: <c>address[!unready][~ending][@node[/zone[>hint,…]]]</c>, where a hint is the name of a zone, or of a node after a dot.</summary>
    public static SliceView Slice(string ports, params string[] endpoints) => NetworkKinds.Slices.Read(Encoding.UTF8.GetBytes(
        $$"""{"metadata":{"namespace":"shop","name":"web-1","labels":{"kubernetes.io/service-name":"web"} },"addressType":"IPv4","ports":{{ports}},"endpoints":[{{string.Join(',', endpoints.Select(Endpoint))}}]}"""));

    private static string Endpoint(string text)
    {
        var hints = text.Split('>') is [_, var list] ? list.Split(',') : [];
        var place = (text.Split('>')[0].Split('@') is [_, var at] ? at : "here").Split('/');
        var address = text.Split('@')[0].TrimEnd('!', '~');
        var (ready, ending) = (!text.Contains('!') && !text.Contains('~'), text.Contains('~'));
        return $$"""{"addresses":["{{address}}"],"nodeName":"{{place[0]}}"{{(place is [_, var zone] ? $",\"zone\":\"{zone}\"" : "")}}{{Hints(hints)}},"conditions":{"ready":{{Text(ready)}},"serving":{{Text(!text.Contains('!'))}},"terminating":{{Text(ending)}} } }""";
    }

    private static string Hints(string[] hints)
    {
        return hints.Length == 0 ? "" : $$""","hints":{"forZones":[{{Names(hints.Where(hint => hint[0] != '.'))}}],"forNodes":[{{Names(hints.Where(hint => hint[0] == '.').Select(hint => hint[1..]))}}]}""";

        static string Names(IEnumerable<string> names) => string.Join(',', names.Select(name => $$"""{"name":"{{name}}"}"""));
    }

    private static string Text(bool value) => value ? "true" : "false";
}
