; The apps of doctors, reception and administrators. Silently: medlane-desktop_…_x64-setup.exe /S /SERVER=https://clinic.example

!define NAME "Medlane"
!define FOLDER "Medlane"
!define KEY "Medlane"

!macro EachProgram do
  !insertmacro ${do} "medlane-workstation.exe"
  !insertmacro ${do} "medlane-console.exe"
!macroend

!macro AddToMenu
  CreateDirectory "$SMPROGRAMS\Medlane"
  CreateShortcut "$SMPROGRAMS\Medlane\Medlane Workstation.lnk" "$INSTDIR\medlane-workstation.exe"
  CreateShortcut "$SMPROGRAMS\Medlane\Medlane Console.lnk" "$INSTDIR\medlane-console.exe"
!macroend

!macro TakeFromMenu
  Delete "$SMPROGRAMS\Medlane\Medlane Workstation.lnk"
  Delete "$SMPROGRAMS\Medlane\Medlane Console.lnk"
  RMDir "$SMPROGRAMS\Medlane"
!macroend

!include setup.nsh
