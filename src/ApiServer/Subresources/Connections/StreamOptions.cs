using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>
/// What is asked of a stream of a pod: the documents <c>PodExecOptions</c>, <c>PodAttachOptions</c> and
/// <c>PodPortForwardOptions</c> of Kubernetes, which come as parameters, and the request to the node that they make.
/// </summary>
internal static class StreamOptions
{
    private static readonly (string Option, string Argument)[] Flags = [("stdin", "input"), ("stdout", "output"), ("stderr", "error"), ("tty", "tty")];

    /// <summary>The document of the options.</summary>
    /// <param name="subresource"><c>exec</c>, <c>attach</c> or <c>portforward</c>.</param>
    /// <param name="query">The parameters.</param>
    /// <exception cref="ApiException">400: a parameter is not what it should be.</exception>
    public static JsonObject Read(string subresource, Query query)
    {
        var options = new JsonObject { ["apiVersion"] = "v1" };
        if (subresource == "portforward")
        {
            options["kind"] = "PodPortForwardOptions";
            if (Ports(query) is { Count: > 0 } ports) options["ports"] = ports;
            return options;
        }
        options["kind"] = subresource == "exec" ? "PodExecOptions" : "PodAttachOptions";
        foreach (var (option, _) in Flags)
            if (query.Flag(option)) options[option] = true;
        if (query["container"] is { Length: > 0 } container) options["container"] = container;
        if (subresource == "exec" && query.All("command").ToArray() is { Length: > 0 } command) options["command"] = new JsonArray([.. command.Select(c => JsonValue.Create(c))]);
        return options;
    }

    /// <summary>Path and query of the request to the node's agent.</summary>
    /// <param name="subresource"><c>exec</c>, <c>attach</c> or <c>portforward</c>.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="options">The options, as admission has left them.</param>
    /// <exception cref="ApiException">400: there is no such container, or nothing to run or to stream.</exception>
    public static string Target(string subresource, JsonObject pod, JsonObject options)
    {
        var name = $"{Escape(pod.Namespace)}/{Escape(pod.Name)}";
        if (subresource == "portforward") return $"/portForward/{name}{Arguments(options.Array("ports")?.Select(p => $"port={p}") ?? [])}";

        var container = PodContainers.Choose(pod, options.Text("container"));
        string[] command = [.. options.Array("command")?.Select(c => $"command={Escape((string?)c ?? "")}") ?? []];
        if (subresource == "exec" && command.Length == 0) throw ApiException.BadRequest("the parameter command is missing: it says what to run, once for each word");
        string[] flags = [.. Flags.Where(f => options.Boolean(f.Option) == true).Select(f => $"{f.Argument}=1")];
        if (!flags.Any(f => f != "tty=1")) throw ApiException.BadRequest("you must specify at least 1 of stdin, stdout, stderr");
        return $"/{subresource}/{name}/{Escape(container)}{Arguments([.. command, .. flags])}";
    }

    private static JsonArray Ports(Query query)
    {
        var ports = new JsonArray();
        foreach (var text in query.All("ports").SelectMany(p => p.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
            ports.Add(JsonValue.Create(Port(text)) as JsonNode);
        return ports;
    }

    private static int Port(string text) =>
        ushort.TryParse(text, out var port) && port > 0 ? port : throw ApiException.BadRequest($"the parameter ports={text} is not a port from 1 to 65535");

    private static string Arguments(IEnumerable<string> arguments) => string.Join('&', arguments) is { Length: > 0 } text ? $"?{text}" : "";

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
