using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Client;

/// <summary>Where a cluster is, how it is recognised and who one is there.</summary>
public sealed record KubeconfigContext
{
    /// <summary>Name of context, cluster and user alike when written.</summary>
    public required string Name { get; init; }

    /// <summary>URL of the API server.</summary>
    public required string Server { get; init; }

    /// <summary>Certificates of the server's authority, PEM; null for those that the machine trusts.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>The client's certificate, PEM.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>The key of <see cref="ClientCertificate"/>, PEM.</summary>
    public string? ClientKey { get; init; }

    /// <summary>A bearer token.</summary>
    public string? Token { get; init; }

    /// <summary>A file with the bearer token, in place of <see cref="Token"/>; it is read for each request, since its content is replaced before it expires.</summary>
    public string? TokenFile { get; init; }

    /// <summary>What gives a token, in place of <see cref="Token"/>.</summary>
    public ExecCredentialPlugin? Plugin { get; init; }

    /// <summary>Default namespace; <c>default</c> when null.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name to expect in the server's certificate, if not the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }
}

/// <summary>
/// A kubeconfig file (<see href="https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"/>).
/// Only what is asked for is changed: unknown fields and the order of what other tools wrote survive.
/// </summary>
public sealed class Kubeconfig
{
    private readonly YamlMappingNode _root;
    private readonly string _directory;

    private Kubeconfig(YamlMappingNode root, string directory) => (_root, _directory) = (root, directory);

    /// <summary>The file that is written: the first of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>.</summary>
    public static string DefaultPath(string? kubeconfigVariable, string home) =>
        kubeconfigVariable?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? Path.Combine(home, ".kube", "config");

    /// <summary>A kubeconfig without clusters.</summary>
    public static Kubeconfig Empty() => new(new YamlMappingNode { { "apiVersion", "v1" }, { "kind", "Config" } }, "");

    /// <summary>Reads a file; an empty kubeconfig when there is none.</summary>
    /// <exception cref="InvalidDataException">The file is not a kubeconfig.</exception>
    public static Kubeconfig Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Empty();
        }
    }

    /// <summary>Reads the text of a kubeconfig.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="path">Its file, to which the paths in it are relative.</param>
    /// <exception cref="InvalidDataException">The text is not a kubeconfig.</exception>
    public static Kubeconfig Parse(string text, string path = "kubeconfig")
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"{path} line {e.Start.Line} column {e.Start.Column}: {e.Message} Repair the file, or name another with KUBECONFIG.", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What YamlDotNet's scanner throws, without a place, for some malformed text.
            throw new InvalidDataException($"{path} is not YAML. Repair the file, or name another with KUBECONFIG.", e);
        }
        if (yaml.Documents.Count == 0)
            return Empty();
        if (yaml.Documents[0].RootNode is not YamlMappingNode root)
            throw new InvalidDataException($"{path} is not a kubeconfig: it holds no mapping. Repair the file, or name another with KUBECONFIG.");
        return new(root, Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");
    }

    /// <summary>Name of the current context; null when none is set.</summary>
    public string? CurrentContext => _root.Text("current-context") is { Length: > 0 } name ? name : null;

    /// <summary>Names of all contexts.</summary>
    public IEnumerable<string> ContextNames => Entries("contexts").Select(entry => entry.Text("name")).OfType<string>();

    /// <summary>Whether nothing is left in it: no context, no cluster, no user.</summary>
    public bool IsEmpty => !Entries("contexts").Concat(Entries("clusters")).Concat(Entries("users")).Any();

    /// <summary>A context with its cluster and user; null when the file has none of that name. Files that it names are read.</summary>
    /// <param name="name">The context; the current one when null.</param>
    public KubeconfigContext? Context(string? name = null)
    {
        name ??= CurrentContext;
        if (name is null || Find("contexts", name)?.Map("context") is not { } context)
            return null;
        var cluster = Find("clusters", context.Text("cluster"))?.Map("cluster");
        var user = Find("users", context.Text("user"))?.Map("user");
        if (cluster?.Text("server") is not { } server)
            return null;
        return new()
        {
            Name = name,
            Server = server,
            CertificateAuthority = Pem(cluster, "certificate-authority"),
            ClientCertificate = Pem(user, "client-certificate"),
            ClientKey = Pem(user, "client-key"),
            Token = user?.Text("token"),
            TokenFile = user?.Text("token") is null && user?.Text("tokenFile") is { } file ? PathOf(file) : null,
            Plugin = user?.Map("exec") is { } exec ? Plugin(exec) : null,
            Namespace = context.Text("namespace"),
            TlsServerName = cluster.Text("tls-server-name"),
        };
    }

    /// <summary>Adds a context with a cluster and a user of the same name, or replaces what is written of it.</summary>
    /// <param name="context">The context; certificates are written inline.</param>
    /// <param name="makeCurrent">Whether it becomes the current context; when there is none, it does anyway.</param>
    public void Merge(KubeconfigContext context, bool makeCurrent)
    {
        var cluster = Ensure("clusters", context.Name, "cluster");
        cluster.Put("certificate-authority-data", Base64(context.CertificateAuthority));
        cluster.Put("server", context.Server);
        cluster.Put("tls-server-name", context.TlsServerName);

        var place = Ensure("contexts", context.Name, "context");
        place.Put("cluster", context.Name);
        place.Put("user", context.Name);
        if (context.Namespace is not null)
            place.Put("namespace", context.Namespace);

        var user = Ensure("users", context.Name, "user");
        user.Put("client-certificate-data", Base64(context.ClientCertificate));
        user.Put("client-key-data", Base64(context.ClientKey));
        user.Put("token", context.Token);

        if (makeCurrent || CurrentContext is null)
            _root.Put("current-context", context.Name);
    }

    /// <summary>Removes a context with its cluster and its user, unless another context uses these.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string name)
    {
        if (Find("contexts", name) is not { } entry)
            return false;
        var context = entry.Map("context");
        Drop("contexts", name);
        foreach (var (list, field) in new[] { ("clusters", "cluster"), ("users", "user") })
            if (context?.Text(field) is { } used && !Entries("contexts").Any(other => other.Map("context")?.Text(field) == used))
                Drop(list, used);
        if (CurrentContext == name)
            _root.Put("current-context", "");
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(_root)).Save(text, assignAnchors: false);
        var yaml = text.ToString();
        // The stream ends its document with a marker that a single document does not need.
        return yaml.EndsWith("...\n", StringComparison.Ordinal) ? yaml[..^4] : yaml;
    }

    /// <summary>Writes the file as a whole or not at all, readable by its owner alone.</summary>
    public void Write(string path)
    {
        // kubectl follows a link to the real file, and so must the rename.
        var target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        var directory = Path.GetDirectoryName(Path.GetFullPath(target))!;
        Directory.CreateDirectory(directory);
        var draft = Path.Combine(directory, $".{Path.GetFileName(target)}.{Environment.ProcessId}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(draft, options))
            {
                using var writer = new StreamWriter(file, leaveOpen: true);
                writer.Write(ToString());
                writer.Flush();
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, target, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static string? Base64(string? pem) => pem is null ? null : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pem));

    private string? Pem(YamlMappingNode? node, string field)
    {
        if (node?.Text($"{field}-data") is { Length: > 0 } data)
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
        return node?.Text(field) is { Length: > 0 } file ? File.ReadAllText(PathOf(file)) : null;
    }

    // As kubectl does: a command with a slash is relative to the file, another is looked for in PATH.
    private ExecCredentialPlugin? Plugin(YamlMappingNode exec) => exec.Text("command") is not { Length: > 0 } command ? null : new()
    {
        ApiVersion = exec.Text("apiVersion") ?? "",
        Command = command.Contains('/') ? PathOf(command) : command,
        Arguments = [.. (exec.List("args")?.Children ?? []).OfType<YamlScalarNode>().Select(argument => argument.Value ?? "")],
        Environment = [.. (exec.List("env")?.Children ?? []).OfType<YamlMappingNode>().Select(variable => KeyValuePair.Create(variable.Text("name") ?? "", variable.Text("value") ?? ""))],
        InstallHint = exec.Text("installHint"),
    };

    private string PathOf(string file) => Path.Combine(_directory, file);

    private IEnumerable<YamlMappingNode> Entries(string list) => _root.List(list)?.Children.OfType<YamlMappingNode>() ?? [];

    private YamlMappingNode? Find(string list, string? name) => Entries(list).FirstOrDefault(entry => entry.Text("name") == name);

    private void Drop(string list, string name)
    {
        if (Find(list, name) is { } entry)
            _root.List(list)!.Children.Remove(entry);
    }

    private YamlMappingNode Ensure(string list, string name, string field)
    {
        if (Find(list, name) is not { } entry)
        {
            if (_root.List(list) is not { } sequence)
                _root.Set(list, sequence = []);
            // An empty list that another tool wrote as [] would stay on one line.
            sequence.Style = YamlDotNet.Core.Events.SequenceStyle.Block;
            sequence.Add(entry = new YamlMappingNode { { "name", name } });
        }
        if (entry.Map(field) is not { } map)
            entry.Set(field, map = []);
        return map;
    }
}
