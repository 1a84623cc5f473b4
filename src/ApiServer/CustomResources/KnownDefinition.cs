using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.CustomResources;

/// <summary>A stored definition as the server works with it.</summary>
/// <param name="Document">The definition. Not to be changed.</param>
/// <param name="Revision">The revision at which it is that.</param>
/// <param name="Versions">Its versions as resources, the preferred first, served or not; none for one that has never been established.</param>
/// <param name="End">Is cancelled when it is specified otherwise or gone, which ends the watches of its objects.</param>
internal sealed record KnownDefinition(JsonObject Document, long Revision, IReadOnlyList<ServedResource> Versions, CancellationTokenSource End)
{
    public string Name { get; } = Document.Name;

    public string Group { get; } = Document.Object("spec")?.Text("group") ?? "";

    public bool IsBeingDeleted { get; } = Document.IsBeingDeleted;

    /// <summary>Whether others have a name that it wants.</summary>
    public bool LacksNames { get; } = !DefinitionStatus.Is(Document, DefinitionStatus.NamesAccepted);

    /// <summary>What clients can use.</summary>
    public IEnumerable<ServedResource> Served => Versions.Where(v => v.Custom!.IsServed);

    /// <summary>The version that objects are stored in, which need not be served; null where nothing is stored.</summary>
    public ServedResource? Storage => Versions.FirstOrDefault(v => v.Type.ApiVersion == v.Custom!.StorageApiVersion);

    /// <summary>The names that it has.</summary>
    public JsonObject AcceptedNames { get; } = Document.Object("status")?.Object("acceptedNames") ?? [];

    /// <summary>Whether its objects are served as another document of it says.</summary>
    public bool ServesAs(JsonObject document) =>
        document.Uid == Document.Uid && JsonNode.DeepEquals(document["spec"], Document["spec"]) && JsonNode.DeepEquals(document.Object("status")?["acceptedNames"], Document.Object("status")?["acceptedNames"]);

    /// <summary>What other definitions of a group, and built-in kinds, have taken.</summary>
    public static NamesInUse NamesOf(IEnumerable<KnownDefinition> definitions, IEnumerable<ResourceType> builtIn, string group, string except)
    {
        var (resources, kinds) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var type in builtIn.Where(t => t.Group == group))
        {
            resources.UnionWith([type.Plural, type.Singular, .. type.ShortNames]);
            kinds.UnionWith([type.Kind, $"{type.Kind}List"]);
        }
        foreach (var definition in definitions.Where(d => d.Group == group && d.Name != except))
        {
            var names = definition.AcceptedNames;
            resources.UnionWith([names.Text("plural") ?? "", names.Text("singular") ?? "", .. names.Array("shortNames")?.Select(n => n.AsText() ?? "") ?? []]);
            kinds.UnionWith([names.Text("kind") ?? "", names.Text("listKind") ?? ""]);
        }
        resources.Remove("");
        kinds.Remove("");
        return new(resources, kinds);
    }
}
