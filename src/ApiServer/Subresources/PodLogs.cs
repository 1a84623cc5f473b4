using System.Globalization;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Subresources;

/// <summary>GET of <c>pods/NAME/log</c>: forwarded to the agent of the pod's node.</summary>
internal sealed class PodLogs(ObjectReader reader, INodeTransport? nodes)
{
    // What the agent takes, and the shape of the value.
    private static readonly (string Name, bool IsNumber)[] Parameters =
        [("follow", false), ("previous", false), ("timestamps", false), ("tailLines", true), ("limitBytes", true), ("sinceSeconds", true)];

    public async ValueTask<Reply> ReadAsync(ServedResource pods, RequestPath path, Query query, CancellationToken cancellation)
    {
        var item = await reader.FindAsync(pods, path.Namespace, path.Name, null, cancellation);
        var pod = Committer.Parse(pods, item);
        var container = PodContainers.Choose(pod, query["container"]);
        var node = pod.Object("spec")?.Text("nodeName") ?? "";
        var arguments = Arguments(query);
        // A pod that has no node yet has written nothing.
        if (node.Length == 0) return Reply.Text("");
        if (nodes is null) throw ApiException.Internal($"the agent of node {node} cannot be reached: this server knows no way to nodes");

        var target = $"/containerLogs/{Escape(path.Namespace)}/{Escape(path.Name)}/{Escape(container)}{arguments}";
        try
        {
            var answer = await nodes.SendAsync(node, new ApiRequest("GET", target), cancellation);
            return answer.IsSuccess ? new Reply { Forwarded = answer } : throw await NodeRefusal.OfAsync(answer);
        }
        catch (IOException e)
        {
            throw ApiException.Internal($"Get \"https://{node}{target}\": {e.Message}");
        }
    }

    /// <exception cref="ApiException">400 or 422: what is asked for makes no sense.</exception>
    private static string Arguments(Query query)
    {
        var (arguments, causes) = (new List<string>(), new List<StatusCause>());
        foreach (var (name, isNumber) in Parameters)
        {
            if (isNumber)
            {
                if (query.Number(name) is not { } number) continue;
                if (number < (name == "tailLines" ? 0 : 1))
                    causes.Add(StatusCause.Invalid(name, number.ToString(CultureInfo.InvariantCulture), name == "tailLines" ? "must be greater than or equal to 0" : "must be greater than 0"));
                arguments.Add($"{name}={number}");
            }
            else if (query.Flag(name))
            {
                arguments.Add($"{name}=true");
            }
        }
        if (query["sinceTime"] is { Length: > 0 } since)
        {
            if (Meta.ParseTime(since) is null) throw ApiException.BadRequest($"sinceTime must be a time such as 2030-01-31T12:00:00Z, not \"{since}\"");
            if (query.Number("sinceSeconds") is not null) causes.Add(StatusCause.Forbidden("sinceTime", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
            arguments.Add($"sinceTime={Escape(since)}");
        }
        // Kubernetes tells one stream from the other only where an alpha feature is on (PodLogsQuerySplitStreams): who asks for one must not get both.
        if (query["stream"] is not null) causes.Add(StatusCause.Forbidden("stream", "may not be specified"));
        if (causes.Count > 0) throw ApiException.Invalid("", "PodLogOptions", "", causes);
        return arguments.Count == 0 ? "" : "?" + string.Join('&', arguments);
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
