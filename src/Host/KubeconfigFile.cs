using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;

namespace Slipway.Host;

/// <summary>The user's kubeconfig: of <c>KUBECONFIG</c>, or in the home directory of the user who called sudo, whom it then belongs to.</summary>
internal static partial class KubeconfigFile
{
    /// <summary>Name of a cluster's context.</summary>
    public static string ContextOf(string cluster) => $"slipway-{cluster}";

    /// <summary>Where the user's kubeconfig is.</summary>
    public static string Path => Kubeconfig.DefaultPath(Environment.GetEnvironmentVariable("KUBECONFIG"), SudoUser()?.Home ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>A cluster's context, as its administrator.</summary>
    public static KubeconfigContext Describe(Cluster cluster, ClusterPki pki)
    {
        using var key = pki.Admin.GetECDsaPrivateKey()!;
        return new KubeconfigContext
        {
            Name = ContextOf(cluster.Name),
            Server = $"https://127.0.0.1:{cluster.ApiPort}",
            CertificateAuthority = pki.Authority.ExportCertificatePem() + "\n",
            ClientCertificate = pki.Admin.ExportCertificatePem() + "\n",
            ClientKey = key.ExportPkcs8PrivateKeyPem() + "\n",
        };
    }

    /// <summary>Writes a cluster's context into the user's kubeconfig and makes it the current one.</summary>
    public static void Add(KubeconfigContext context) => Change(kubeconfig =>
    {
        kubeconfig.Merge(context, makeCurrent: true);
        return true;
    });

    /// <summary>Removes a cluster's context, if there is one.</summary>
    public static void Remove(string cluster)
    {
        if (File.Exists(Path)) Change(kubeconfig => kubeconfig.Remove(ContextOf(cluster)));
    }

    /// <summary>The cluster of this machine that the kubeconfig's current context means; the default one if it means none.</summary>
    public static string CurrentCluster(ClusterRegistry clusters)
    {
        try
        {
            const string prefix = "slipway-";
            var current = Kubeconfig.Read(Path).CurrentContext;
            return current is not null && current.StartsWith(prefix, StringComparison.Ordinal) && clusters.Find(current[prefix.Length..]) is { } cluster ? cluster.Name : ClusterName.Default;
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(e.Message);
        }
    }

    /// <summary>Opens the API that a command line selects.</summary>
    /// <exception cref="CommandException">The kubeconfig has no such context.</exception>
    public static ApiConnection Connect(ApiSelection selection)
    {
        if (selection is { Cluster: not null, Context: not null })
            throw new CommandException("--name and --context exclude each other; give one of them", ExitCodes.Usage);
        var name = selection.Context ?? (selection.Cluster is { } cluster ? ContextOf(ClusterName.Check(cluster)) : null);
        try
        {
            var kubeconfig = Kubeconfig.Read(Path);
            var context = kubeconfig.Context(name) ?? throw Missing(selection, name ?? kubeconfig.CurrentContext);
            SystemAuthorities.LeaveOut(context);
            return new ApiConnection(new HttpsApi(context), context.Namespace ?? "default");
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(e.Message);
        }
    }

    private static CommandException Missing(ApiSelection selection, string? name) => selection.Cluster is { } cluster
        ? new($"{Path} has no context {name}; \"slipway up{ClusterRegistry.NameOption(cluster)}\" adds it")
        : name is null
            ? new($"no cluster is selected: {Path} has no current context; start one with \"slipway up\", or choose with --name or --context")
            : new($"{Path} has no context \"{name}\"; choose another with --name or --context");

    private static void Change(Func<Kubeconfig, bool> change)
    {
        var path = Path;
        try
        {
            var kubeconfig = Kubeconfig.Read(path);
            if (!change(kubeconfig)) return;
            var directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
            var isNewDirectory = !Directory.Exists(directory);
            if (kubeconfig.IsEmpty)
            {
                // A file that says nothing is a trace, and so is an empty directory.
                File.Delete(path);
                if (!Directory.EnumerateFileSystemEntries(directory).Any() && System.IO.Path.GetFileName(directory) == ".kube") Directory.Delete(directory);
                return;
            }
            kubeconfig.Write(path);
            if (SudoUser() is not { } user) return;
            GiveTo(user, path);
            if (isNewDirectory) GiveTo(user, directory);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(e.Message);
        }
    }

    private static (string Home, uint User, uint Group)? SudoUser()
    {
        if (Environment.GetEnvironmentVariable("SUDO_USER") is not { Length: > 0 } name || name == "root" || !Environment.IsPrivilegedProcess || !File.Exists("/etc/passwd")) return null;
        return File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(fields => fields[0] == name && fields.Length > 5) is { } entry
            ? (entry[5], uint.Parse(entry[2], CultureInfo.InvariantCulture), uint.Parse(entry[3], CultureInfo.InvariantCulture)) : null;
    }

    private static void GiveTo((string Home, uint User, uint Group) user, string path)
    {
        if (Chown(path, user.User, user.Group) != 0) throw new IOException($"cannot give {path} to its user: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint user, uint group);
}
