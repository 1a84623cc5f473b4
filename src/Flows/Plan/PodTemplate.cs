using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Makes the pod of an attempt.</summary>
internal static class PodTemplate
{
    /// <summary>Has all parameters, and is left out where that is more than a variable can hold: the task may need none of them.</summary>
    private const string ParamsVariable = "SLIPWAY_PARAMS";

    /// <summary>The image of an item; null and the problem if its expression has no value.</summary>
    public static string? Image(TaskState state, IReadOnlyDictionary<string, CelValue> scope, out string problem) =>
        Text("image", state.Settings.Image, scope, out problem);

    /// <summary>The pod of the next attempt of an item, or one of its replicas; null and the problem if an expression has no value.</summary>
    public static PlannedPod? For(
        RunView view, GroupState group, TaskState state, ItemState item, IReadOnlyDictionary<string, CelValue> ofItem, string image, string? digest, IReadOnlyDictionary<string, string> digests, GangMember? member,
        out string problem)
    {
        var task = state.Task;
        var scope = member?.Scope(ofItem) ?? ofItem;
        if (Command(task, scope, out problem) is not { } command)
            return null;
        if (Environment(view, group, state, item, scope, out problem) is not { } environment)
            return null;
        environment.AddRange(member?.Variables ?? []);
        if (InputMounts.For(task, scope, out problem) is not { } inputs)
            return null;
        if (PodMounts.For(view, group, state.Settings, scope, out problem) is not { } mounts)
            return null;

        string? key = null;
        if (task.Cache?.Key is { } declared && (key = Text("cache.key", declared, scope, out problem)) is null)
            return null;
        var manifest = inputs.Count == 0 ? null : InputManifest.Of(inputs);
        List<string> wrapped = [FlowNames.Wrapper, "run"];
        var outputs = member is null or { Index: 0 } ? task.Outputs : null; // what replica 0 leaves is what the task leaves
        foreach (var (name, path) in (outputs?.Files ?? []).OrderBy(p => p.Key, StringComparer.Ordinal))
            wrapped.AddRange(["--file", $"{name}={path}"]);
        foreach (var (name, path) in (outputs?.Values ?? []).OrderBy(p => p.Key, StringComparer.Ordinal))
            wrapped.AddRange(["--value", $"{name}={path}"]);
        wrapped.Add("--");
        wrapped.AddRange(command);

        var main = new V1Container
        {
            Name = FlowNames.Container,
            Image = digest ?? image,
            ImagePullPolicy = "IfNotPresent",
            Command = [.. wrapped.Select(CommandEscape.Text)],
            Env = [.. environment.Where(e => e.Name != ParamsVariable || ArgumentLimit.Problem(e.Name, e.Name, e.Value) is null).Select(e => e.Value is null ? e : new V1EnvVar { Name = e.Name, Value = CommandEscape.Text(e.Value) })],
            EnvFrom = state.Settings.EnvironmentFrom.Count == 0 ? null : [.. state.Settings.EnvironmentFrom.Select(From)],
            Resources = Resources(state.Settings.Cpu, item.Memory, state.Settings.Devices),
            SecurityContext = new V1SecurityContext
            {
                AllowPrivilegeEscalation = false,
                Capabilities = new V1Capabilities { Drop = ["ALL"] },
            },
            VolumeMounts = [.. Mounts(manifest), .. mounts.Mounts],
        };
        if (PodContainers.Before(state.Settings, task, main, digests, scope, out problem) is not { } before)
            return null;
        List<V1Container> first = [.. view.Delivery.Before(manifest is not null, leavesOutputs: true), .. before];
        var pod = new V1Pod
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = Metadata(view, state, item, image, digest, manifest),
            Spec = new V1PodSpec
            {
                RestartPolicy = "Never",
                AutomountServiceAccountToken = state.Settings.ServiceAccountName is not null,
                EnableServiceLinks = false,
                ActiveDeadlineSeconds = state.Settings.Timeout is { } timeout ? (long)Math.Ceiling(timeout.TotalSeconds) : null,
                SecurityContext = new V1PodSecurityContext
                {
                    SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
                    RunAsUser = state.Settings.RunAsUser,
                    RunAsNonRoot = state.Settings.RunAsUser > 0 ? true : null,
                },
                InitContainers = first.Count == 0 ? null : first,
                Containers = [main],
                Volumes = [.. Volumes(view.Delivery, manifest), .. mounts.Volumes],
                NodeSelector = state.Settings.NodeSelector.Count == 0 ? null : state.Settings.NodeSelector.ToDictionary(),
                Tolerations = state.Settings.Tolerations.Count == 0 ? null : [.. state.Settings.Tolerations.Select(Toleration)],
                PriorityClassName = state.Settings.PriorityClassName,
                ServiceAccountName = state.Settings.ServiceAccountName,
            },
        };
        member?.Join(pod, view, item);
        if (task.Service is { } service)
        {
            RunDns.Name(pod, view.Uid, RunDns.HostOf(item.Path));
            main.ReadinessProbe = ReadinessOf(service);
        }

        if (PodOverride.Apply(pod, state.Settings.PodOverrides, scope, out problem) is not { } whole)
            return null;
        var planned = new PlannedPod(whole, manifest) { Claims = mounts.Claims, Group = member?.Gang.Group(view), NameService = member is null && task.Service is null ? null : RunDns.Service(view) };
        // Of an image that is known by its tag alone, nobody could tell later whether it is the same.
        if (task.Cache is null || member is { Index: > 0 } || before.Exists(c => c.Image != main.Image && !PodImage.IsDigest(c.Image)))
            return planned;
        if (member is not null)
        {
            // The names of peers are others each time.
            var lasting = member.Gang.LastingScope(ofItem, member.Index);
            if (Command(task, lasting, out problem) is not { } lastingCommand || Environment(view, group, state, item, lasting, out problem) is not { } lastingEnvironment)
                return null;
            lastingEnvironment.Add(new V1EnvVar { Name = GangMember.CountVariable, Value = member.Gang.Count.ToString(CultureInfo.InvariantCulture) });
            (command, environment) = (lastingCommand, lastingEnvironment);
        }

        var identity = CacheIdentity.Of(view.FlowName, item.Path.Task, task, command, environment, inputs, Beside(state.Settings, main, before, mounts, scope), key);
        whole.Metadata.Annotations[FlowNames.CacheAnnotation] = identity.Text();
        return (PodImage.IsPinned(image) ? image : digest) is not { } known ? planned : planned with
        {
            Cached = new CachedTask(identity, known, image, item.Path, item.NextNumber)
            {
                Item = item.Item is null ? null : FlowScope.ItemText(item.Item),
                Params = environment.First(e => e.Name == ParamsVariable).Value,
                MaxAge = FlowDuration.TryParse(task.Cache.MaxAge, out var age) ? age : null,
            },
        };
    }

    /// <summary>What the result depends on beside the command: other containers, what they and the command are given, and what was set of the pod.</summary>
    private static List<string> Beside(TaskSettings settings, V1Container main, List<V1Container> before, PodMounts mounts, IReadOnlyDictionary<string, CelValue> scope)
    {
        var texts = new List<string>();
        foreach (var container in before)
        {
            texts.AddRange([container.Name, container.Image == main.Image ? "" : container.Image, .. container.Command ?? [], "", .. container.Args ?? [], ""]);
            if (container.Env != main.Env)
                texts.AddRange((container.Env ?? []).SelectMany(e => new[] { e.Name, e.Value ?? "", e.ValueFrom?.SecretKeyRef?.Name ?? "", e.ValueFrom?.ConfigMapKeyRef?.Name ?? "" }));
        }

        texts.AddRange((main.EnvFrom ?? []).SelectMany(e => new[] { e.Prefix ?? "", e.SecretRef?.Name ?? "", e.ConfigMapRef?.Name ?? "" }));
        texts.AddRange(settings.Mounts.SelectMany(m => new[] { m.Path, m.Secret ?? "", m.ConfigMap ?? "", m.Claim ?? "" }));
        texts.AddRange(mounts.Mounts.Select(m => m.SubPath).OfType<string>());
        texts.AddRange(settings.PodOverrides.Select(o => CelJson.ToText(JsonTemplate.Evaluate(o, scope))));
        return texts;
    }

    private static V1Probe ReadinessOf(TaskService service) => new()
    {
        TcpSocket = service.ReadyPath is null ? new V1TCPSocketAction { Port = service.Port } : null,
        HttpGet = service.ReadyPath is { } path ? new V1HTTPGetAction { Port = service.Port, Path = path } : null,
        PeriodSeconds = 1,
    };

    /// <summary>What makes a pod go with its run.</summary>
    public static V1OwnerReference Owner(RunView view) => new()
    {
        ApiVersion = $"{CustomKindAttribute.Group}/{CustomKindAttribute.Version}",
        Kind = "FlowRun",
        Name = view.Name,
        Uid = view.Uid,
        Controller = true,
        BlockOwnerDeletion = true,
    };

    private static V1ObjectMeta Metadata(RunView view, TaskState state, ItemState item, string image, string? digest, InputManifest? inputs)
    {
        var labels = new Dictionary<string, string>
        {
            [FlowNames.FlowLabel] = view.FlowName,
            [FlowNames.RunLabel] = view.Name,
            [FlowNames.TaskLabel] = state.Task.Name,
            [FlowNames.AttemptLabel] = item.NextNumber.ToString(CultureInfo.InvariantCulture),
        };
        if (item.Index is { } index)
            labels[FlowNames.IndexLabel] = index.ToString(CultureInfo.InvariantCulture);
        var annotations = new Dictionary<string, string> { [FlowNames.PathAnnotation] = item.Path.Text, [FlowNames.QueuedAnnotation] = AttemptJson.Time(item.Ready) };
        if (inputs is not null)
            annotations[FlowNames.InputsAnnotation] = inputs.Sha256;
        if (digest is not null)
            annotations[FlowNames.ImageAnnotation] = image;
        if (state.Settings.Locks.Count > 0)
            annotations[FlowNames.LocksAnnotation] = string.Join(',', state.Settings.Locks.Select(l => l.Name));
        return new V1ObjectMeta
        {
            NamespaceProperty = view.Namespace,
            Name = FlowNames.Pod(view.Name, view.Uid, item.Path, item.NextNumber),
            Labels = labels,
            Annotations = annotations,
            Finalizers = [FlowNames.RecordedFinalizer],
            OwnerReferences = [Owner(view)],
        };
    }

    private static List<string>? Command(FlowTask task, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        var command = new List<string>();
        problem = "";
        var number = 0;
        var program = task.MainCommand ?? [];
        foreach (var part in program.Concat(task.Args ?? []))
        {
            var field = number < program.Count ? $"command[{number}]" : $"args[{number - program.Count}]";
            if (Text(field, part, scope, out problem) is not { } text)
                return null;
            if (ArgumentLimit.Problem(field, text) is { } tooLong)
            {
                problem = tooLong;
                return null;
            }

            command.Add(text);
            number++;
        }

        return command;
    }

    private static List<V1EnvVar>? Environment(
        RunView view, GroupState group, TaskState state, ItemState item, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        List<V1EnvVar> environment =
        [
            new() { Name = "SLIPWAY_RUN", Value = view.Name },
            new() { Name = "SLIPWAY_TASK", Value = item.Path.Task },
            new() { Name = "SLIPWAY_ATTEMPT", Value = item.NextNumber.ToString(CultureInfo.InvariantCulture) },
            new() { Name = ParamsVariable, Value = CallParameters.Json(group.Params) },
        ];
        if (view.Interval is { Start: { } start, End: { } end })
        {
            environment.Add(new V1EnvVar { Name = "SLIPWAY_START", Value = ScheduledRun.Text(start) });
            environment.Add(new V1EnvVar { Name = "SLIPWAY_END", Value = ScheduledRun.Text(end) });
        }
        else if (view.IsUnknown is not null && FlowRunRules.ReadsInterval(view.Definition))
        {
            environment.Add(new V1EnvVar { Name = "SLIPWAY_START", Value = "${{ run.start }}" });
            environment.Add(new V1EnvVar { Name = "SLIPWAY_END", Value = "${{ run.end }}" });
        }

        if (item.Item is not null)
        {
            var text = FlowScope.ItemText(item.Item);
            if (ArgumentLimit.Problem("the item of forEach", "SLIPWAY_ITEM", text) is { } tooLong)
            {
                problem = tooLong;
                return null;
            }

            environment.Add(new V1EnvVar { Name = "SLIPWAY_ITEM", Value = text });
        }

        if (item.Path.Round is { } round)
            environment.Add(new V1EnvVar { Name = "SLIPWAY_ITERATION", Value = round.ToString(CultureInfo.InvariantCulture) });
        if (Variables(state.Settings.Environment, scope, out problem) is not { } own)
            return null;
        environment.AddRange(own);
        return environment;
    }

    /// <summary>Variables with their expressions evaluated; null and the problem if one has no value.</summary>
    public static List<V1EnvVar>? Variables(IEnumerable<TaskEnvironment> variables, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var environment = new List<V1EnvVar>();
        foreach (var variable in variables)
        {
            if (variable.ValueFrom is { } from)
            {
                environment.Add(new V1EnvVar { Name = variable.Name, ValueFrom = Source(from) });
                continue;
            }

            var field = $"env {variable.Name}";
            if (Text(field, variable.Value ?? "", scope, out problem) is not { } value)
                return null;
            if (ArgumentLimit.Problem(field, variable.Name, value) is { } tooLong)
            {
                problem = tooLong;
                return null;
            }

            environment.Add(new V1EnvVar { Name = variable.Name, Value = value });
        }

        return environment;
    }

    private static V1EnvFromSource From(TaskEnvironmentFrom from) => new()
    {
        Prefix = from.Prefix,
        SecretRef = from.Secret is { } secret ? new V1SecretEnvSource { Name = secret, Optional = from.Optional } : null,
        ConfigMapRef = from.ConfigMap is { } map ? new V1ConfigMapEnvSource { Name = map, Optional = from.Optional } : null,
    };

    private static V1Toleration Toleration(TaskToleration toleration) => new()
    {
        Key = toleration.Key,
        OperatorProperty = toleration.Operator,
        Value = toleration.Value,
        Effect = toleration.Effect,
        TolerationSeconds = toleration.TolerationSeconds,
    };

    private static V1EnvVarSource Source(TaskEnvironmentSource from) => new()
    {
        SecretKeyRef = from.SecretKeyRef is { } secret ? new V1SecretKeySelector { Name = secret.Name, Key = secret.Key, Optional = secret.Optional } : null,
        ConfigMapKeyRef = from.ConfigMapKeyRef is { } map ? new V1ConfigMapKeySelector { Name = map.Name, Key = map.Key, Optional = map.Optional } : null,
    };

    /// <summary>What a container gets: memory is its limit too, and so are devices, which Kubernetes gives only whole.</summary>
    public static V1ResourceRequirements? Resources(string? cpu, long? memory, IReadOnlyDictionary<string, int>? devices)
    {
        var (requests, limits) = (new Dictionary<string, ResourceQuantity>(), new Dictionary<string, ResourceQuantity>());
        if (cpu is not null)
            requests["cpu"] = new ResourceQuantity(cpu);
        if (memory is { } bytes)
            requests["memory"] = limits["memory"] = new ResourceQuantity(MemoryPolicy.Text(bytes));
        foreach (var (name, count) in devices ?? new Dictionary<string, int>())
            limits[name] = new ResourceQuantity(count.ToString(CultureInfo.InvariantCulture));
        return requests.Count + limits.Count == 0 ? null : new V1ResourceRequirements { Requests = requests.Count == 0 ? null : requests, Limits = limits.Count == 0 ? null : limits };
    }

    private static List<V1VolumeMount> Mounts(InputManifest? manifest)
    {
        List<V1VolumeMount> mounts =
        [
            new() { Name = TaskDelivery.RuntimeVolume, MountPath = "/slipway", ReadOnlyProperty = true },
            new() { Name = "out", MountPath = "/out" },
        ];
        if (manifest is not null)
            mounts.Add(new V1VolumeMount { Name = TaskDelivery.InputVolume, MountPath = "/in", ReadOnlyProperty = true });
        return mounts;
    }

    private static List<V1Volume> Volumes(ITaskDelivery delivery, InputManifest? manifest) =>
    [
        delivery.Runtime(),
        new() { Name = "out", EmptyDir = new V1EmptyDirVolumeSource() },
        .. manifest is null ? [] : new[] { delivery.Inputs(manifest) },
        .. delivery.Further,
    ];

    /// <summary>A text with its expressions evaluated; null and the problem if one has no value.</summary>
    public static string? Text(string field, string text, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        if (!text.Contains("${{", StringComparison.Ordinal))
            return text;
        var value = FlowTemplate.Parse(text).Evaluate(scope);
        try
        {
            if (value is CelUnknown or not CelError)
                return CelJson.ToText(value);
        }
        catch (FormatException)
        {
            // an infinity or NaN: told like any other value that is none
        }

        problem = $"{field} has no value: {(value is CelError error ? error.Message : value.ToString())}; correct {text}";
        return null;
    }
}

/// <summary>The parameters of a run as JSON.</summary>
internal static class RunParams
{
    public static string Json(IReadOnlyDictionary<string, JsonNode?> parameters) =>
        CelJson.ToCompactJson(new JsonObject(parameters.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))));
}
