using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Host.Clusters;
using Slipway.Storage;

namespace Slipway.Host.Commands;

/// <summary>The options that say where a cluster's objects are kept. They name files of secrets, and hold none.</summary>
internal sealed class StoreOptions
{
    public Option<string?> Endpoints { get; } = new("--store") { Description = "Members of an etcd that keeps the cluster's objects, with commas between them; by default they are in the data directory", HelpName = "https://HOST:2379[,...]" };

    public Option<string?> Prefix { get; } = new("--store-prefix") { Description = "Start of the cluster's keys in etcd; by default /slipway/NAME/", HelpName = "PREFIX" };

    public Option<string?> CaFile { get; } = new("--store-cafile") { Description = "Certificates (PEM) of the authorities of etcd's members; by default those that the machine trusts", HelpName = "FILE" };

    public Option<string?> CertFile { get; } = new("--store-certfile") { Description = "Certificate (PEM) that etcd knows the server by", HelpName = "FILE" };

    public Option<string?> KeyFile { get; } = new("--store-keyfile") { Description = "Private key (PEM) of that certificate", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { Endpoints, Prefix, CaFile, CertFile, KeyFile }) command.Options.Add(option);
        Endpoints.Validators.Add(CheckEndpoints);
        command.Validators.Add(result =>
        {
            if (result.GetResult(Endpoints) is not null) Pair(result);
            else if (new[] { Prefix, CaFile, CertFile, KeyFile }.FirstOrDefault(o => result.GetResult(o) is not null) is { } lonely)
                result.AddError($"{lonely.Name} belongs to --store, which is missing.");
        });
    }

    /// <summary>What was asked for; null: nothing.</summary>
    public ClusterStore? Wish(ParseResult parsed, string cluster) => parsed.GetValue(Endpoints) is not { } endpoints ? null : new ClusterStore
    {
        Endpoints = string.Join(',', EtcdOptions.ParseEndpoints(endpoints).Select(e => e.GetLeftPart(UriPartial.Authority))),
        Prefix = parsed.GetValue(Prefix) ?? ClusterStore.DefaultPrefix(cluster),
        CaFile = Full(parsed.GetValue(CaFile)),
        CertFile = Full(parsed.GetValue(CertFile)),
        KeyFile = Full(parsed.GetValue(KeyFile)),
    };

    private void Pair(CommandResult result)
    {
        if (result.GetResult(CertFile) is null != result.GetResult(KeyFile) is null)
            result.AddError("--store-certfile and --store-keyfile belong together; give both or neither.");
        if (result.GetValue(Prefix) is { } prefix && (!prefix.StartsWith('/') || prefix.Contains('\0')))
            result.AddError($"--store-prefix {prefix} must begin with a slash.");
    }

    private static void CheckEndpoints(OptionResult result)
    {
        if (result.Tokens is not [var token]) return;
        try
        {
            EtcdOptions.ParseEndpoints(token.Value);
        }
        catch (FormatException e)
        {
            result.AddError($"--store: {e.Message}.");
        }
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
