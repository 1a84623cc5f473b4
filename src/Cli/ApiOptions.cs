using System.CommandLine;
using Slipway.Cli.Output;

namespace Slipway.Cli;

/// <summary>The options that commands on the API share.</summary>
/// <param name="formats">What the command can print beside JSON, YAML and its table: <c>wide</c>, <c>name</c>.</param>
internal sealed class ApiOptions(params string[] formats)
{
    public Option<string?> Cluster { get; } = new("--name") { Description = "The Slipway cluster; by default the kubeconfig's current context", HelpName = "NAME" };

    public Option<string?> Context { get; } = new("--context") { Description = "Another context of the kubeconfig", HelpName = "CONTEXT" };

    public Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "The namespace; by default the context's, or \"default\"", HelpName = "NAMESPACE" };

    public Option<bool> AllNamespaces { get; } = new("--all-namespaces", "-A") { Description = "Look at all namespaces" };

    public Option<string> Output { get; } = OutputFormats.Option(formats);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command, bool output = true, bool allNamespaces = false)
    {
        command.Options.Add(Namespace);
        if (allNamespaces) command.Options.Add(AllNamespaces);
        if (output) command.Options.Add(Output);
        command.Options.Add(Cluster);
        command.Options.Add(Context);
    }

    /// <summary>Opens the API that a command line selects.</summary>
    public ApiConnection Connect(CliContext context, ParseResult parsed)
    {
        var connection = context.Connect(new(parsed.GetValue(Cluster), parsed.GetValue(Context)));
        return parsed.GetValue(Namespace) is { Length: > 0 } ns ? connection with { Namespace = ns } : connection;
    }

    /// <summary>Whether all namespaces are asked for, as kubectl's option of the name does.</summary>
    public bool Everywhere(ParseResult parsed) => parsed.GetValue(AllNamespaces);

    public OutputFormat Format(ParseResult parsed) => OutputFormats.Parse(parsed.GetValue(Output));
}
