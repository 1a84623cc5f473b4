using Slipway.Api.Schemas;

namespace Slipway.Api;

/// <summary>What the API serves of one resource in one version: its names, scope, verbs, subresources and schema.</summary>
public sealed record ResourceType
{
    private static readonly Dictionary<string, string[]> NoPaths = [];
    private static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>The group that an <c>apiVersion</c> of the form <c>group/version</c> names; empty for the core group, whose versions stand alone.</summary>
    public static string GroupOf(string apiVersion) => apiVersion.IndexOf('/') is var slash and > 0 ? apiVersion[..slash] : "";

    /// <summary>API group; empty for the core group.</summary>
    public required string Group { get; init; }

    /// <summary>Version within the group, such as <c>v1</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Plural name in paths, such as <c>pods</c>.</summary>
    public required string Plural { get; init; }

    /// <summary>Kind of its objects, such as <c>Pod</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Singular name, such as <c>pod</c>.</summary>
    public required string Singular { get; init; }

    /// <summary>Whether its objects live in namespaces.</summary>
    public required bool Namespaced { get; init; }

    /// <summary>Abbreviations that clients accept, such as <c>po</c>.</summary>
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Groups of resources that a client can ask for at once, such as <c>all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>What can be done with its objects: <c>create</c>, <c>delete</c>, <c>deletecollection</c>, <c>get</c>, <c>list</c>, <c>patch</c>, <c>update</c>, <c>watch</c>.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    /// <summary>Whether objects are kept; otherwise a document is answered and forgotten, as reviews are.</summary>
    public bool IsStored => Verbs.Contains("watch");

    /// <summary>Whether <c>metadata.generation</c> counts the changes of what is desired.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>Names of the subresources served: <c>status</c>, <c>scale</c>, <c>binding</c>, <c>log</c>, ….</summary>
    public IReadOnlyList<string> Subresources { get; init; } = [];

    /// <summary>What the <c>scale</c> subresource shows; null if there is none.</summary>
    public ScalePaths? Scale { get; init; }

    /// <summary>Fields beyond <c>metadata.name</c> and <c>metadata.namespace</c> that field selectors may name, as dotted paths.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];

    /// <summary>Where selectable fields that are no paths of their own are read from: the first path that has a value.</summary>
    public IReadOnlyDictionary<string, string[]> FieldPaths { get; init; } = NoPaths;

    /// <summary>Schema of its objects, metadata included; a built-in kind's is loaded when it is first asked for.</summary>
    public Schema Schema { get => LazySchema.Value; init => LazySchema = new(value); }

    /// <summary>Sets <see cref="Schema"/> without loading it yet.</summary>
    public Lazy<Schema> LazySchema { private get; init; } = new(new Schema());

    /// <summary>What clients are warned of with each answer, because the kind or this version of it is deprecated; null when it is not.</summary>
    public string? DeprecationWarning { get; init; }

    /// <summary>Whether a custom resource definition declared it.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Whether its objects can be asked for in protobuf, as those of most built-in kinds.</summary>
    public bool HasProtobuf { get => field && !IsCustom; init; } = true;

    /// <summary><c>group/version</c>, or the version alone for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>plural.group</c>, or the plural alone for the core group.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
