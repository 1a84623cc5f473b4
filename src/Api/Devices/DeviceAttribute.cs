using Slipway.Api.Cel;

namespace Slipway.Api.Devices;

/// <summary>What a driver tells of a device under one name: one of these, or a list of them (<c>DeviceAttribute</c> of resource.k8s.io/v1).</summary>
public sealed record DeviceAttribute
{
    public long? Int { get; set; }

    public bool? Bool { get; set; }

    public string? String { get; set; }

    /// <summary>A semantic version.</summary>
    public string? Version { get; set; }

    public List<long>? Ints { get; set; }

    public List<bool>? Bools { get; set; }

    public List<string>? Strings { get; set; }

    /// <summary>Semantic versions.</summary>
    public List<string>? Versions { get; set; }

    /// <summary>The value by which devices are compared; null for a list, which is equal to nothing.</summary>
    public object? Single => Int ?? Bool ?? (object?)String ?? (Version is null ? null : SemanticVersion.Parse(Version, normalize: false));

    internal CelValue ToCel() => this switch
    {
        { Int: { } number } => new CelInt(number),
        { Bool: { } truth } => CelBool.Of(truth),
        { String: { } text } => new CelString(text),
        { Version: { } version } => Semver(version),
        { Ints: { } numbers } => new CelList([.. numbers.Select(number => new CelInt(number))]),
        { Bools: { } truths } => new CelList([.. truths.Select(CelBool.Of)]),
        { Strings: { } texts } => new CelList([.. texts.Select(text => new CelString(text))]),
        { Versions: { } versions } => new CelList([.. versions.Select(Semver)]),
        _ => new CelError("the attribute has no value"),
    };

    private static CelValue Semver(string version) => SemanticVersion.Parse(version, normalize: false) is { } parsed
        ? new CelOpaque<SemanticVersion>(SemverFunctions.SemverType, parsed)
        : new CelError($"{version} is no semantic version");
}
