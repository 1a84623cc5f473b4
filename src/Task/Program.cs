using Slipway.Wrapper;

// slipway-task: what Slipway puts into a pod. `pause` holds a pod's sandbox open; `run` wraps the command of a task;
// `store` keeps artifacts in a directory.

switch (args)
{
    case ["pause", ..]:
        Signals.BlockInAllThreads();
        return Pause.Run();
    case ["run", .. var rest]:
        if (!TaskArguments.TryParse(rest, out var task, out var error))
            return Refuse(error);
        Signals.BlockInAllThreads();
        return TaskRun.Run(task, TimeProvider.System);
    case ["store", var directory]:
        return new StoreServer(new StoreFiles(directory)).Run();
    case ["version"]:
        StandardStreams.Out("slipway-task, protocol 1");
        return 0;
    default:
        return Refuse("""
            usage: slipway-task pause
                   slipway-task store DIRECTORY
                   slipway-task run [options] -- command [argument...]
              --socket PATH       artifact endpoint (default /slipway/task.sock)
              --termination PATH  where the report goes (default /dev/termination-log)
              --file NAME=PATH    a file or directory to store when the command has ended with 0
              --value NAME=PATH   a file with JSON to store as a value
            """);
}

static int Refuse(string message)
{
    StandardStreams.Error(message);
    return TaskRun.OwnFailure;
}
