using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Cli.Resources;
using Slipway.Client;

namespace Slipway.Cli.Why;

/// <summary>Reads from an API what a diagnosis asks for, until it asks for nothing more.</summary>
internal sealed class Investigation(IApi api, ServedResources resources, TimeProvider clock)
{
    private const int ReadsAtOnce = 16;

    /// <summary>Makes a diagnosis, again and again, with more of the cluster read each time.</summary>
    /// <param name="diagnose">The diagnosis.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>What it came to, and what the server refused to tell.</returns>
    public async Task<(T Result, IReadOnlyCollection<string> Refusals)> RunAsync<T>(Func<Inquiry, T> diagnose, CancellationToken cancellation)
    {
        var answers = new Dictionary<Question, Answer>();
        while (true)
        {
            var inquiry = new Inquiry(answers, clock.GetUtcNow());
            var result = diagnose(inquiry);
            if (inquiry.Open.Count == 0)
                return (result, inquiry.Refusals);
            foreach (var some in inquiry.Open.Chunk(ReadsAtOnce))
                foreach (var (question, answer) in await Task.WhenAll(some.Select(question => AnswerAsync(question, cancellation))))
                    answers[question] = answer;
        }
    }

    private async Task<(Question Question, Answer Answer)> AnswerAsync(Question question, CancellationToken cancellation)
    {
        if (PathOf(question) is not { } path)
            return (question, new([])); // a kind that this server does not serve has no objects
        try
        {
            var body = await api.SendForBodyAsync(new("GET", path), cancellation);
            return (question, question switch
            {
                Question.Log => new([]) { Lines = Encoding.UTF8.GetString(body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries) },
                Question.OneObject => new([DocumentReader.ParseJson(body.Span)]),
                _ => new(Items(DocumentReader.ParseJson(body.Span))),
            });
        }
        catch (ApiException refused) when (refused.Code is 401 or 403)
        {
            return (question, new([]) { Refusal = refused.Message });
        }
        catch (ApiException absent) when (absent.Code == 404 || question is Question.Log)
        {
            return (question, new([])); // a log that was never written is none
        }
        catch (ApiException broken) when (broken.Code >= 500)
        {
            return (question, new([]) { Refusal = broken.Message }); // such as an aggregated API whose server is away
        }
    }

    // Items of a list do not say of what kind they are.
    private static List<JsonObject> Items(JsonObject list)
    {
        var items = list.Objects("items").ToList();
        foreach (var item in items)
        {
            if (item.ApiVersion.Length == 0) item.ApiVersion = list.ApiVersion;
            if (item.Kind.Length == 0 && list.Kind.EndsWith("List", StringComparison.Ordinal)) item.Kind = list.Kind[..^4];
        }
        return items;
    }

    private string? PathOf(Question question) => question switch
    {
        Question.OneObject one => resources.FindOrNull(one.Kind.Group, one.Kind.Kind)?.ObjectPath(one.Namespace.Length == 0 ? null : one.Namespace, one.Name),
        Question.Collection all => resources.FindOrNull(all.Kind.Group, all.Kind.Kind)?.CollectionPath(all.Namespace.Length == 0 ? null : all.Namespace),
        // Events about objects without a namespace are in "default".
        Question.Events events => $"/api/v1/namespaces/{(events.Namespace.Length == 0 ? "default" : events.Namespace)}/events?fieldSelector={Uri.EscapeDataString($"involvedObject.kind={events.Kind},involvedObject.name={events.Name}")}",
        Question.Log log => string.Create(CultureInfo.InvariantCulture, $"/api/v1/namespaces/{log.Namespace}/pods/{log.Pod}/log?container={log.Container}&tailLines={Pods.LogTail.Read}{(log.Previous ? "&previous=true" : "")}"),
        _ => throw new InvalidOperationException($"nobody answers a question of type {question.GetType().Name}"),
    };
}
