namespace Slipway.ApiServer.OpenApi;

/// <summary>What a server behind an APIService says in OpenAPI of the version that it serves.</summary>
/// <param name="Group">The group.</param>
/// <param name="Version">The version.</param>
/// <param name="Hash">Names the content of its OpenAPI v3 document; empty when it has none.</param>
/// <param name="Swagger">Its part of OpenAPI v2; null when it has none.</param>
internal sealed record ExtensionSpec(string Group, string Version, string Hash, SwaggerPart? Swagger)
{
    /// <summary>How the index names it.</summary>
    public string Path => $"apis/{Group}/{Version}";

    /// <summary>Names the content of the v3 document that is served for it: its own, or the one that is made of <see cref="Swagger"/>.</summary>
    public string ServedHash => Hash.Length > 0 ? Hash : Swagger?.Document.Tag.Trim('"') ?? "";
}
