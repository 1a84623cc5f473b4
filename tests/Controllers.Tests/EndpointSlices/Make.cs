using System.Globalization;
using System.Text;

namespace Slipway.Controllers.Tests.EndpointSlices;

/// <summary>Services and pods for tables.</summary>
internal static class Make
{
    public static ServiceView Service(string spec, string labels = "{}") => Kinds.Services.Read(Encoding.UTF8.GetBytes(
        $$"""{"metadata":{"name":"web","namespace":"shop","uid":"u-web","labels":{{labels}} },"spec":{{spec}} }"""));

    public static PodView Pod(string name, string ip, string spec = "{}", bool ready = true, bool terminating = false, string phase = "Running", string labels = """{"app":"web"}""") =>
        Kinds.Pods.Read(Encoding.UTF8.GetBytes($$"""
            {"metadata":{"name":"{{name}}","namespace":"shop","uid":"u-{{name}}","labels":{{labels}}{{(terminating ? ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"" : "")}} },
             "spec":{{spec}},
             "status":{"phase":"{{phase}}","podIP":"{{ip}}","podIPs":[{"ip":"{{ip}}"}],"conditions":[{"type":"Ready","status":"{{(ready ? "True" : "False")}}","lastTransitionTime":"2026-01-01T00:00:00Z"}]} }
            """));

    public static SliceEndpoint Endpoint(int number) => new() { Addresses = [string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 250}.{number % 250}")] };

    public static IReadOnlyList<SliceEndpoint> Endpoints(int from, int count) => [.. Enumerable.Range(from, count).Select(Endpoint)];
}
