using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Cli.Runs;

/// <summary>Says that a namespace has nothing of the name that a command was given: which name was probably meant, or which namespaces have it.</summary>
internal static class AbsentName
{
    /// <summary>Namespaces, of which only the names matter.</summary>
    public static readonly Resource<PartialObjectMetadata> Namespaces = PartialObjectMetadata.ResourceOf("", "v1", "namespaces", "Namespace", namespaced: false);

    /// <summary>The exception to throw.</summary>
    /// <param name="connection">The API, and the namespace.</param>
    /// <param name="resource">Where the name was looked for.</param>
    /// <param name="noun">What a reader calls it, such as <c>run</c>.</param>
    /// <param name="name">The name.</param>
    /// <param name="others">The names that the namespace has.</param>
    /// <param name="list">The command that lists them.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<CommandException> SayAsync<T>(
        ApiConnection connection, Resource<T> resource, string noun, string name, IEnumerable<string> others, string list, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var elsewhere = await ElsewhereAsync(connection.Api, resource, name, cancellation);
        var advice = elsewhere.Count > 0 ? $"; namespace {string.Join(" and ", elsewhere)} has one: add -n {elsewhere[0]}" : $"{NearestName.Hint(name, others)}; \"{list}\" lists them";
        return new($"there is no {noun} \"{name}\" in namespace {connection.Namespace}{advice}", ExitCodes.Usage);
    }

    /// <summary>What is to be said of a namespace in which nothing was found: nothing, if it is there or that is not to be told.</summary>
    public static async Task<string> NamespaceAsync(ApiConnection connection, CancellationToken cancellation)
    {
        try
        {
            var names = (await connection.Api.ListAsync(Namespaces, null, null, cancellation)).Items.Select(n => n.Metadata.Name).ToList();
            return names.Contains(connection.Namespace) ? "" : $", which is not there{NearestName.Hint(connection.Namespace, names)}";
        }
        catch (ApiException e) when (e.Code is >= 400 and < 500)
        {
            return "";
        }
    }

    // Many may look into their own namespaces alone.
    private static async Task<List<string>> ElsewhereAsync<T>(IApi api, Resource<T> resource, string name, CancellationToken cancellation) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var found = await api.ListAsync(resource, null, new() { FieldSelector = $"metadata.name={name}" }, cancellation);
            return [.. found.Items.Select(i => i.Metadata.NamespaceProperty).Order(StringComparer.Ordinal).Take(3)];
        }
        catch (ApiException e) when (e.Code is >= 400 and < 500)
        {
            return [];
        }
    }
}
